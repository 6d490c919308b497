import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { absent, type Language, root, run, tools } from "./language.ts";

const library = join(root, "sdk", "rust");
const target = join(tools, "guest-rust-target");
const unpacked = join(tools, "guest-rust", "usr");

/** The Rust compiler for wasm32-unknown-unknown, and the bindings of the macro of wit-bindgen. */
export const rust: Language = {
  name: "rust",
  needs: async () => ["cargo", ...((await isInstalled()) ? [] : ["wasm-ld", join(unpacked, "bin", "rustc")])],
  build: async (program) => {
    const parameters = ["build", "--release", "--locked", "--target=wasm32-unknown-unknown"];
    const environment = (await isInstalled()) ? {} : building();
    if (!(await isInstalled())) parameters.push("-Zbuild-std=std,panic_abort");
    await run("cargo", [...parameters, `--package=backfill-http-${program}`], {
      folder: library,
      environment: { ...environment, CARGO_TARGET_DIR: target },
    });
    const file = `backfill_http_${program}.wasm`;
    return componentNew(await readFile(join(target, "wasm32-unknown-unknown", "release", file)), []);
  },
};

/** Whether the Rust that is installed has the target. */
async function isInstalled(): Promise<boolean> {
  if (absent(["rustc"]).length > 0) return false;
  const sysroot = (await run("rustc", ["--print=sysroot"])).trim();
  return existsSync(join(sysroot, "lib", "rustlib", "wasm32-unknown-unknown"));
}

/** The unpacked compiler, which builds the standard library too. */
function building(): Readonly<Record<string, string>> {
  return {
    RUSTC: join(unpacked, "bin", "rustc"),
    LD_LIBRARY_PATH: join(unpacked, "lib", "x86_64-linux-gnu"),
    // The standard library is built by what is else for nightly compilers alone.
    RUSTC_BOOTSTRAP: "1",
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld",
  };
}
