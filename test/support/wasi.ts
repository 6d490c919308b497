import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { packageRoot } from "../../host/package-root.ts";

const VERSION = "0.2.12";
const PACKAGES = ["io", "clocks", "random", "cli", "filesystem", "sockets", "http"];

/** The WIT of WASI as the devDependency `@bytecodealliance/jco` carries it, each package within braces. */
async function wasiWit(): Promise<string> {
  const folder = join(packageRoot, "node_modules/@bytecodealliance/jco/lib/wit/builtin", VERSION);
  const texts = PACKAGES.map(async (name) => {
    const text = await readFile(join(folder, `wasi-${name}`, "package.wit"), "utf8");
    return `${text.replace(/^package ([^;]+);/m, "package $1 {")}\n}`;
  });
  return (await Promise.all(texts)).join("\n");
}

const WORLD = `
package test:guest;
world guest {
  include wasi:cli/imports@${VERSION};
  include wasi:http/imports@${VERSION};
  import wasi:random/insecure@${VERSION};
  export run: func(event: string) -> result<string, string>;
}
`;

/** A component around a core module given as text that imports WASI; it exports `run`. */
export async function wasiComponent(wat: string): Promise<Uint8Array> {
  const binary = await parse(wat);
  const witSource = `${WORLD}${await wasiWit()}`;
  return componentNew(await componentEmbed({ binary, witSource, world: "guest", stringEncoding: "utf8" }), []);
}

/** A function of WASI that a guest imports, by its core type. */
export type Import = readonly [interfaceName: string, name: string, type: string];

/** What a guest written by hand is made of. */
export interface Guest {
  /** By the names that the code calls them by, with a `$` before. */
  readonly imports: Readonly<Record<string, Import>>;
  /** Texts that lie in memory, by their names: the code writes `${text.name}` for their address and length. */
  readonly code: string;
  readonly data?: string;
}

const TEXT = 16_384;

/** Text as it stands in a data segment. */
export function escaped(text: string | Uint8Array): string {
  return Array.from(Buffer.from(text), (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}

/**
 * A guest whose `run` is this code. It has `$say` for a number, which comes into the result as one of a JSON list, and
 * `$say-memory` for an address and a length, which comes as a list of bytes.
 */
export function guestWat({ imports, code, data = "" }: Guest): string {
  const declared = Object.entries(imports).map(
    ([id, [from, name, type]]) => `(import "${from}@${VERSION}" "${name}" (func $${id} ${type}))`,
  );
  return `(module
    ${declared.join("\n    ")}
    (memory (export "memory") 4)
    (data (i32.const ${TEXT}) "${data}")
    (global $next (mut i32) (i32.const 131072))
    (global $end (mut i32) (i32.const 65537))
    (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get $size))))
    (func $put (param i32)
      (i32.store8 (global.get $end) (local.get 0))
      (global.set $end (i32.add (global.get $end) (i32.const 1))))
    (func $digits (param i32)
      (if (i32.ge_u (local.get 0) (i32.const 10)) (then (call $digits (i32.div_u (local.get 0) (i32.const 10)))))
      (call $put (i32.add (i32.const 48) (i32.rem_u (local.get 0) (i32.const 10)))))
    (func $say (param i32)
      (if (i32.ne (global.get $end) (i32.const 65537)) (then (call $put (i32.const 44))))
      (call $digits (local.get 0)))
    (func $say-memory (param $at i32) (param $length i32)
      (call $say (local.get $length))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $length)))
        (call $say (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $more))))
    (func (export "run") (param i32 i32) (result i32)
      (local $a i32) (local $b i32) (local $c i32)
      (i32.store8 (i32.const 65536) (i32.const 91))
      ${code}
      (call $put (i32.const 93))
      (i32.store8 (i32.const 1024) (i32.const 0))
      (i32.store (i32.const 1028) (i32.const 65536))
      (i32.store (i32.const 1032) (i32.sub (global.get $end) (i32.const 65536)))
      (i32.const 1024)))`;
}

/** Where the data of a guest lies. */
export const DATA: number = TEXT;
