import { expect, test } from "vitest";
import { resolveLimits } from "../../host/transport/limits.ts";
import { readHead } from "../../host/transport/response.ts";

test.each([
  ["0", 0],
  ["17", 17],
  ["00017", 17],
  ["10485760", 10_485_760],
  ["", NaN],
  ["abc", NaN],
  ["1e9", NaN],
  ["-1", NaN],
  ["1 7", NaN],
])("a length of %j is %d", (text, length) => {
  const raw = [Buffer.from("content-length"), Buffer.from(text)];
  expect(readHead(raw, {}, resolveLimits({}))).toMatchObject({ contentLength: length });
});
