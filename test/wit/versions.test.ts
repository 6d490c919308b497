import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { WIT_VERSION } from "../../host/compile/wit.ts";
import { USER_AGENT } from "../../host/transport/request.ts";

// What is published together has one version, and says one thing of itself.

const root = join(import.meta.dirname, "..", "..");
let manifest: { readonly version: string; readonly description: string; readonly license: string };
beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as typeof manifest;
});

test("the WIT package, and what the host calls itself, have the version of the npm package", async () => {
  expect(await readFile(join(root, "wit", "types.wit"), "utf8")).toContain(
    `package backfill:http@${manifest.version};`,
  );
  expect([WIT_VERSION, USER_AGENT]).toEqual([manifest.version, `backfill-http/${manifest.version}`]);
});

test.each(["http.wasm", "conformance/guest.wasm"])("%s imports and exports that version alone", async (file) => {
  const component = await readFile(join(root, "dist", file), "latin1");
  const versions = [...component.matchAll(/backfill:http\/[a-z]+@(\d+\.\d+\.\d+)/g)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([manifest.version]));
});

test("the component is published with that version", async () => {
  const page = await readFile(join(root, "docs", "embedding.md"), "utf8");
  expect(page).toContain(`wkg publish dist/http.wasm --package backfill:http-component@${manifest.version}\n`);
});

test("wkg.toml says of the package what package.json says", async () => {
  const text = await readFile(join(root, "wkg.toml"), "utf8");
  const metadata = Object.fromEntries([...text.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name, value]) => [name, value]));
  expect(metadata).toEqual({ description: manifest.description, licenses: manifest.license });
});
