"""A host for `backfill:http` hooks: Wasmtime runs them, and one door lets their calls out."""
