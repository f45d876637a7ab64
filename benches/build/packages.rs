//! The packages that are checked: the same functions under different attributes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

const FUNCTIONS: usize = 500;

/// One package, and what stands above each of its functions.
pub struct Package {
    pub name: &'static str,
    pub title: &'static str,
    dependencies: &'static str,
    imports: &'static str,
    attribute: fn(usize) -> String,
}

pub const PACKAGES: [Package; 3] = [
    Package {
        name: "ours",
        title: "cache-runtime",
        dependencies: concat!(
            "cache-runtime = { path = \"",
            env!("CARGO_MANIFEST_DIR"),
            "/../cache-runtime\" }"
        ),
        imports: "use cache_runtime::cached;",
        attribute: |n| {
            format!("#[cached(key = \"f{n}:<id>:<name>\", ttl = \"1h\", tags = [\"user\"])]")
        },
    },
    Package {
        name: "theirs",
        title: "cached 4.1",
        dependencies: "cached = { version = \"4.1\", features = [\"async\", \"proc_macro\"] }",
        imports: "use cached::macros::cached;",
        attribute: |_| {
            "#[cached(max_size = 1000, ttl_secs = 3600, key = \"String\", \
             convert = r#\"{ format!(\"{id}:{name}\") }\"#)]"
                .to_owned()
        },
    },
    Package {
        name: "none",
        title: "no attribute",
        dependencies: "",
        imports: "",
        attribute: |_| String::new(),
    },
];

/// The packages in a temporary folder, which is removed at the end.
pub struct Workspace(PathBuf);

impl Workspace {
    pub fn write() -> io::Result<Self> {
        let workspace =
            Self(std::env::temp_dir().join(format!("cache-build-{}", std::process::id())));
        let names = PACKAGES.map(|package| format!("{:?}", package.name)).join(", ");
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{names}]\n");
        fs::create_dir_all(&workspace.0)?;
        fs::write(workspace.0.join("Cargo.toml"), manifest)?;
        for package in &PACKAGES {
            let folder = workspace.0.join(package.name);
            fs::create_dir_all(folder.join("src"))?;
            fs::write(folder.join("Cargo.toml"), package.manifest())?;
            workspace.touch(package, 0)?;
        }
        Ok(workspace)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the functions anew, a little different in each round.
    pub fn touch(&self, package: &Package, round: usize) -> io::Result<()> {
        fs::write(self.0.join(package.name).join("src/lib.rs"), package.source(round))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // It is in the folder for temporary files, where something else removes it if this can't.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Package {
    fn manifest(&self) -> String {
        format!(
            "[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n{}\n",
            self.name, self.dependencies
        )
    }

    fn source(&self, round: usize) -> String {
        let mut source = format!(
            "// round {round}\n{}\n\n\
             #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]\n\
             pub struct User {{ pub id: u64, pub name: String }}\n\
             #[derive(Clone, Debug)]\npub struct Error;\n",
            self.imports
        );
        for n in 0..FUNCTIONS {
            // Writing to a `String` does not fail.
            let _ = write!(
                source,
                "\n{}\npub async fn f{n}(id: u64, name: &str) -> Result<User, Error> {{\n    \
                 if id == {n} {{ return Err(Error); }}\n    \
                 Ok(User {{ id, name: name.to_owned() }})\n}}\n",
                (self.attribute)(n)
            );
        }
        source
    }
}
