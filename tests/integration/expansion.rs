//! The size of what `#[cached]` writes: people look at it, and each line is work for the compiler in every function.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The function, with its one line of options.
const SOURCE: &str = "
#[cache_runtime::cached(ttl = \"1h\", key = \"user:<id>\")]
pub async fn get_user(id: u64) -> Result<String, u8> {
    load(id).await
}

async fn load(id: u64) -> Result<String, u8> {
    Ok(id.to_string())
}
";

/// The most lines that the function may become, of which the registration by `inventory` is 19.
const MOST: usize = 96;

/// The source as the compiler prints it with all macros expanded.
fn expanded() -> String {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expansion");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the root");
    let runtime = root.join("cache-runtime").into_os_string().into_string().expect("text");
    let manifest = format!(
        "[package]\nname = \"expansion\"\nedition = \"2024\"\n\n[dependencies]\n\
         cache-runtime = {{ path = {runtime:?} }}\n\n[workspace]\n"
    );
    let write = |name: &str, text: &str| fs::write(package.join(name), text).expect("a file");
    fs::create_dir_all(package.join("src")).expect("a folder");
    write("Cargo.toml", &manifest);
    write("src/lib.rs", SOURCE);
    // the versions that all other tests have
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock file");
    let output = Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--lib", "--profile", "check", "--", "-Zunpretty=expanded"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        // what the option asks for; a target folder of its own, because build scripts look at it
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("source code")
}

#[test]
fn a_cached_function_becomes_few_lines() {
    let expanded = expanded();
    let lines = expanded.lines().skip_while(|line| !line.starts_with("pub async fn get_user"));
    let lines = lines.take_while(|line| !line.starts_with("async fn load"));
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    assert!(lines.iter().any(|line| line.contains("pub struct get_user")), "{expanded}");
    assert!(lines.len() <= MOST, "{} lines, at most {MOST}:\n{}", lines.len(), lines.join("\n"));
}
