import fc from "fast-check";
import { expect, test } from "vitest";
import { LineError, linesOf } from "../../host/cli/lines.ts";
import { outcomeJson } from "../../host/cli/outcome.ts";
import { parseRequestLine } from "../../host/cli/request.ts";

async function lines(chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* input(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const found: string[] = [];
  for await (const line of linesOf(input())) found.push(Buffer.from(line).toString("latin1"));
  return found;
}

test("lines are cut at line feeds alone, wherever the stream is cut into chunks", async () => {
  const chunk = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\u2028", "") });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk), async (chunks) => {
      const all = Buffer.concat(chunks.map((text) => Buffer.from(text))).toString("latin1");
      const expected = all.split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(await lines(chunks.map((text) => Buffer.from(text)))).toEqual(expected);
    }),
  );
});

test("a line is a request or a fault of the line, whatever it holds", () => {
  const fields = fc.record(
    {
      method: fc.oneof(fc.constantFrom("get", "POST"), fc.jsonValue()),
      url: fc.oneof(fc.webUrl(), fc.jsonValue()),
      headers: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
      body: fc.jsonValue(),
      auth: fc.oneof(fc.record({ bearer: fc.string() }), fc.jsonValue()),
      timeout: fc.oneof(fc.double(), fc.jsonValue()),
      responseType: fc.oneof(fc.constantFrom("auto", "text", "bytes"), fc.jsonValue()),
    },
    { requiredKeys: ["method", "url"] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fields.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        let request;
        try {
          request = parseRequestLine(Buffer.from(text));
        } catch (error) {
          expect(error).toBeInstanceOf(LineError);
          return;
        }
        const { timeout = 1, headers } = request.options;
        expect(Number.isInteger(timeout) && timeout >= 1 && timeout <= 0xffff_ffff).toBe(true);
        expect(headers.length % 2).toBe(0);
      },
    ),
  );
});

test.each([
  ["0.1", 1],
  ["4294967295", 4294967295],
  ["4294967295.5", 4294967295],
  ["4294967296", 4294967295],
  ["1e400", 4294967295],
])("a timeout of %s is %d milliseconds", (written, milliseconds) => {
  const line = Buffer.from(`{"method":"GET","url":"https://api.example.com/","timeout":${written}}`);
  expect(parseRequestLine(line).options.timeout).toBe(milliseconds);
});

test("a response's field named __proto__ is a field", () => {
  const headers = ["__proto__", "a", "x-b", "c"];
  const body = { kind: "text", text: "" } as const;
  const json = outcomeJson({ status: 200, ok: true, headers, headerList: headers, body });
  const { response } = JSON.parse(json) as { response: { headers: object } };
  expect(Object.entries(response.headers)).toEqual([
    ["__proto__", "a"],
    ["x-b", "c"],
  ]);
});
