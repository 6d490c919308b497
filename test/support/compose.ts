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

/** The instances that a component imports, as text: what declares them, and what gives them to another component. */
interface Imports {
  readonly declared: string;
  readonly given: readonly string[];
}

function importsOf(component: string): Imports {
  const declared = component.slice(component.indexOf("\n"), component.indexOf("(core module"));
  const given = [...declared.matchAll(IMPORT)].map(([, name = "", id = ""]) => `(with "${name}" (instance ${id}))`);
  return { declared, given };
}

function within(name: string, component: string): string {
  return component.replace("(component", `(component ${name}`);
}

/** The `run` of a hook that is given these instances, and the client of the Http component that is given the same. */
function hookWith(hook: string, http: string, given: readonly string[]): string {
  return `
    ${within("$composed-http", http)}
    ${within("$composed-hook", hook)}
    (instance $client (instantiate $composed-http ${given.join("\n")}))
    (alias export $client "backfill:http/client@0.1.0" (instance $exported))
    (instance $run (instantiate $composed-hook ${given.join("\n")}
      (with "backfill:http/client@0.1.0" (instance $exported))))
    (alias export $run "run" (func $f))
    (export "run" (func $f))`;
}

/** Composes a component of world `hook` with the Http component, as `wac plug hook.wasm --plug http.wasm` does. */
export async function composed(hook: Uint8Array, http: Uint8Array): Promise<Uint8Array> {
  const { declared, given } = importsOf(await print(await componentFromWat(IMPORTS_ALL)));
  return parse(`(component ${declared} ${hookWith(await print(hook), await print(http), given)})`);
}

const PLATFORM = ["outbound", "secrets", "log", "clock", "random"];

/** Composes a hook, the Http component and the adapter: what is left to import is WASI. */
export async function composedOnWasi(hook: Uint8Array, http: Uint8Array, adapter: Uint8Array): Promise<Uint8Array> {
  const platform = await print(adapter);
  const { declared, given } = importsOf(platform);
  const exported = PLATFORM.map(
    (name) => `(alias export $platform "backfill:http/${name}@0.1.0" (instance $platform-${name}))`,
  );
  const types = given.filter((one) => one.includes("backfill:http/types@"));
  const all = PLATFORM.map((name) => `(with "backfill:http/${name}@0.1.0" (instance $platform-${name}))`);
  return parse(`(component ${declared}
    ${within("$composed-adapter", platform)}
    (instance $platform (instantiate $composed-adapter ${given.join("\n")}))
    ${exported.join("\n")}
    ${hookWith(await print(hook), await print(http), [...types, ...all])})`);
}
