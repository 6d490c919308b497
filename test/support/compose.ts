import { parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { componentFromWat } from "./wat.ts";

/** A core module that imports all that a `linked-hook` may, so that its component names the types of it all. */
const IMPORTS_ALL = `(module
  (import "backfill:http/outbound@0.1.0" "send" (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "backfill:http/secrets@0.1.0" "get" (func (param i32 i32 i32)))
  (import "backfill:http/log@0.1.0" "write" (func (param i32 i32 i32 i32 i32 i32)))
  (import "backfill:http/clock@0.1.0" "now" (func (result i64)))
  (import "backfill:http/clock@0.1.0" "sleep" (func (param i32)))
  (import "backfill:http/random@0.1.0" "bytes" (func (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "run") (param i32 i32) (result i32) (i32.const 64)))`;

const IMPORT = /\(import "([^"]+)" \(instance (\$"[^"]*"|\$\S+)/g;

/** Composes a component of world `hook` with the Http component, as `wac plug hook.wasm --plug http.wasm` does. */
export async function composed(hook: Uint8Array, http: Uint8Array): Promise<Uint8Array> {
  const all = await print(await componentFromWat(IMPORTS_ALL));
  const imports = all.slice(all.indexOf("\n"), all.indexOf("(core module"));
  const names = [...imports.matchAll(IMPORT)].map(([, name = "", id = ""]) => ({ name, id }));
  const given = names.map(({ name, id }) => `(with "${name}" (instance ${id}))`).join("\n");
  return parse(`(component
    ${imports}
    ${within("$composed-http", await print(http))}
    ${within("$composed-hook", await print(hook))}
    (instance $client (instantiate $composed-http ${given}))
    (alias export $client "backfill:http/client@0.1.0" (instance $exported))
    (instance $run (instantiate $composed-hook ${given}
      (with "backfill:http/client@0.1.0" (instance $exported))))
    (alias export $run "run" (func $f))
    (export "run" (func $f)))`);
}

function within(name: string, text: string): string {
  return text.replace("(component", `(component ${name}`);
}
