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

# ---- c

# ---- go

# ---- guests

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

# ---- wasi

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
