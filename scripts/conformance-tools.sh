#!/usr/bin/env bash
# Installs what the conformance suite needs and npm does not have, into .tools/ (git does not see it).
#
#   bash scripts/conformance-tools.sh [PART…]   default: every part
#   bash scripts/conformance-tools.sh --list    what each part does
#
# Without the tools `npm test` passes, and `npm run conformance` says what is missing and exits with 2.
set -euo pipefail
cd "$(dirname "$0")/.."
tools="$PWD/.tools"

# A part is a function `part_NAME`. The line above it, `# NAME: …`, says what it does. In the order of the alphabet:

# ---- guests
# guest-c: clang, lld and wasi-libc from Debian, and wit-bindgen from crates.io
part_guest-c() {
  debian clang lld wasi-libc libclang-rt-dev-wasm32
  wit_bindgen
}

# guest-go: wit-bindgen from crates.io, which shows that the Go bindings are fresh, and the modules that hooks in Go use
part_guest-go() {
  wit_bindgen
  (cd sdk/go && go mod download)
}

# guest-python: a virtual environment with componentize-py
part_guest-python() {
  python3 -m venv "$tools/guest-python"
  "$tools/guest-python/bin/pip" install --quiet --disable-pip-version-check --requirement sdk/python/requirements-build.txt
}

# guest-rust: a rustc of Debian that builds the standard library, unless the target wasm32-unknown-unknown is installed
part_guest-rust() {
  if [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then return; fi
  debian lld libz3-4 libedit2 libxml2
  # They are unpacked, not installed: Debian's package and rustup exclude one another.
  local packages
  packages="$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces rustc-web |
    grep -oE '^(rustc-web|libstd-rust-web[-a-z0-9.]*|libllvm[0-9]+)$' | sort -u)"
  rm -rf "$tools/guest-rust" && mkdir -p "$tools/guest-rust/packages"
  # shellcheck disable=SC2086 # One word a package.
  (cd "$tools/guest-rust/packages" && apt-get download $packages rust-web-src)
  for package in "$tools/guest-rust/packages"/*.deb; do dpkg-deb --extract "$package" "$tools/guest-rust"; done
  rm -r "$tools/guest-rust/packages"
}

debian() {
  apt-get update --quiet=2
  apt-get install --quiet=2 --yes --no-install-recommends "$@"
}

wit_bindgen() {
  cargo install --quiet --locked --root "$tools/cargo" wit-bindgen-cli@0.63.0 --no-default-features --features c,go
}

# ---- python
# python: a virtual environment with Wasmtime and h11, in which the host of examples/embed-python runs
part_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 is older than 3.11" >&2; return 1; }
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check --requirement examples/embed-python/requirements-dev.txt
}

# ---- rust
# rust: the host in Rust, compiled with cargo
part_rust() {
  CARGO_TARGET_DIR="$tools/rust" cargo build --quiet --release --locked --manifest-path examples/embed-rust/Cargo.toml
}

# wac: wac from crates.io, which composes components
part_wac() {
  cargo install --quiet --locked --root "$tools/cargo" wac-cli@0.12.0 --no-default-features
}

# ---- end of the parts

names() {
  declare -F | sed -n 's/^declare -f part_//p'
}

describe() {
  for name in $(names); do grep -m 1 "^# $name: " "$0" | sed 's/^# //'; done
}

if [ "${1:-}" = "--list" ]; then
  describe
  exit 0
fi
for name in "$@"; do
  if ! declare -F "part_$name" > /dev/null; then
    echo "there is no part $name; there are:" >&2
    describe >&2
    exit 2
  fi
done
mkdir -p "$tools"
for name in ${*:-$(names)}; do
  echo "== $(grep -m 1 "^# $name: " "$0" | sed 's/^# //')"
  "part_$name"
done
