#!/usr/bin/env bash
# Composes hooks of world `hook` with the Http component, each into one component of world `linked-hook`, by `wac`.
#
#   bash scripts/compose.sh             the conformance guests that are there, as .tools/guests/composed-*.wasm
#   bash scripts/compose.sh HOOK OUT    one hook
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
wac="$root/.tools/cargo/bin/wac"
if [ ! -x "$wac" ]; then
  echo "wac is missing; get it with: bash scripts/conformance-tools.sh wac" >&2
  exit 2
fi

compose() {
  "$wac" plug "$1" --plug "$root/dist/http.wasm" --output "$2"
  echo "$2"
}

if [ $# -eq 2 ]; then
  compose "$1" "$2"
  exit
fi
guests="$root/.tools/guests"
mkdir -p "$guests"
compose "$root/dist/conformance/guest-typescript.wasm" "$guests/composed-ts.wasm"
for guest in "$guests"/*-conformance.wasm; do
  [ ! -e "$guest" ] || compose "$guest" "$guests/composed-$(basename "$guest" -conformance.wasm).wasm"
done
