import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../host/compile/assemblyscript.ts";
import { packageRoot } from "../../host/package-root.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { checkHeaders } from "../../host/policy/headers.ts";
import { harmlessHeaders, harmlessUrls, hostileHeaders, hostileUrls } from "../policy/corpus/index.ts";

// The adapter's policy is the host's, written again in AssemblyScript. Where the two differ, it refuses.

const ENTRY = `
import { isAllowed, setEntries } from "./adapter/allowlist";
import { headerFault } from "./adapter/headers";
import { parseUrl } from "./adapter/url";
import { liftString, release } from "./assembly/abi/memory";
import "./assembly/abi/trap";
export { cabi_realloc } from "./assembly/abi/memory";
function taken(pointer: usize, length: u32): string {
  const text = liftString(pointer, length);
  release();
  return text;
}
export function entries(pointer: usize, length: u32): void {
  setEntries(taken(pointer, length));
}
/** 0 refused, 1 not allowed, 2 allowed. */
export function rule(pointer: usize, length: u32): i32 {
  const target = parseUrl(taken(pointer, length));
  if (target == null) return 0;
  return isAllowed(target) ? 2 : 1;
}
/** Whether a field, given as name and value with a line end between, may leave. */
export function field(pointer: usize, length: u32): bool {
  const text = taken(pointer, length);
  const at = text.indexOf("\\n\\n");
  return headerFault(StaticArray.fromArray([text.substring(0, at), text.substring(at + 2)]), false) == null;
}`;

interface Policy {
  readonly memory: WebAssembly.Memory;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  entries(pointer: number, length: number): void;
  rule(pointer: number, length: number): number;
  field(pointer: number, length: number): number;
  _initialize(): void;
}

let policy: Policy;

beforeAll(async () => {
  const { core, errors } = await compile({
    folder: packageRoot,
    entry: "backfill-adapter-policy.ts",
    entryText: ENTRY,
    library: "assembly",
    abort: "abi/trap/trap",
  });
  expect(errors).toEqual([]);
  const module = new WebAssembly.Module(core as Uint8Array);
  policy = new WebAssembly.Instance(module, {}).exports as unknown as Policy;
  policy._initialize();
});

function passed(text: string): [pointer: number, length: number] {
  const pointer = policy.cabi_realloc(0, 0, 2, text.length * 2);
  Buffer.from(policy.memory.buffer).write(text, pointer, "utf16le");
  return [pointer, text.length];
}

function allows(entry: string, url: string): boolean {
  policy.entries(...passed(entry.slice("https://".length)));
  return policy.rule(...passed(url)) === 2;
}

describe("the adapter lets no hostile URL leave", () => {
  test.each(hostileUrls.map(({ rule, entry, url }) => [rule, JSON.stringify(url), entry, url]))(
    "%s: %s",
    (_rule, _shown, entry, url) => {
      expect(allows(new URL(entry).href, url)).toBe(false);
    },
  );
});

test("the adapter lets harmless URLs leave where they are ASCII and escaped already", () => {
  const plain = harmlessUrls.filter(({ url, entry }) => new URL(url).href === url && new URL(entry).href === entry);
  const refused = plain.filter(({ entry, url }) => !url.includes("xn--") && !allows(entry, url));
  expect(plain.length).toBeGreaterThan(20);
  expect(refused.map(({ url }) => url)).toEqual([]);
});

test("the adapter lets no header field leave that the host would not", () => {
  for (const { name, value } of [...hostileHeaders, ...harmlessHeaders]) {
    if (name.includes("\n\n")) continue;
    expect([name, policy.field(...passed(`${name}\n\n${value}`)) !== 0]).toEqual([
      name,
      checkHeaders([name, value], false) === undefined,
    ]);
  }
});

const piece = fc.oneof(
  fc.constantFrom("v1", "a", "*", "", ".", "..", "%2e", "%2E%2e", "%252e", "%2f", "%5c", ";", "..;", "%", "%zz", "%00"),
  fc.constantFrom("%c0%af", "%ed%a0%80", "%e2%82%ac", "a'b", "~", "@", "\\", "é", " ", "{", "|", "^", "[", '"'),
  fc.string({ maxLength: 3 }),
);
const hostile = fc
  .record({
    scheme: fc.constantFrom("https://", "https://", "https://", "http://", "HTTPS://", "https:/", "//"),
    // Mostly as it may be, so that each entry lets many leave.
    host: fc.oneof(
      { weight: 3, arbitrary: fc.constant("a.example") },
      {
        weight: 2,
        arbitrary: fc.constantFrom("A.example", "a.example.", "a.example@b.example", "a%2eexample", "xn--a.example"),
      },
    ),
    port: fc.constantFrom("", "", "", ":8443", ":8443", ":443", ":0443", ":"),
    path: fc.oneof(fc.array(piece, { maxLength: 4 }), fc.tuple(fc.constant("v1"), piece, fc.constant("a"))),
    rest: fc.constantFrom("", "", "?", "?a=b", "?a='b'", "#f", "?a#b", "?é"),
  })
  .map(({ scheme, host, port, path, rest }) => `${scheme}${host}${port}/${path.join("/")}${rest}`);

test("whatever the adapter lets leave, the host would let leave in the same form", () => {
  for (const entry of ["https://a.example/*", "https://a.example/v1/*/a", "https://a.example:8443/*"]) {
    const allowlist = Allowlist.compile([entry]);
    let count = 0;
    fc.assert(
      fc.property(hostile, (url) => {
        if (!allows(entry, url)) return;
        count += 1;
        const decision = allowlist.check(url);
        expect(decision.allowed).toBe(true);
        expect(decision.canonical).toBe(url.replace(/#.*/, "").replace("A.example", "a.example").replace(":443/", "/"));
      }),
      { numRuns: 4000 },
    );
    expect(count).toBeGreaterThan(20);
  }
});
