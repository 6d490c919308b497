import { expect, test } from "vitest";
import { canonicaliseUrl } from "../../host/policy/url.ts";
import { entries, hostileUrls } from "./corpus/index.ts";

test.each([
  ["https://a!.example/v1", "a host can hold letters, digits, hyphens, underscores and dots only"],
  ["https://a.example:x/v1", "the port is not a number from 1 to 65535 without leading zeros"],
  ["https://a.example:70000/v1", "the port is not a number from 1 to 65535 without leading zeros"],
])("a refusal of %s proposes nothing, because nothing of it can be meant", (url, reason) => {
  expect(canonicaliseUrl(url)).toEqual({ reason, suggestion: undefined });
});

test("what a refusal proposes is another spelling", () => {
  const texts = [...hostileUrls.map(({ url }) => url), ...entries.map(({ entry }) => entry)];
  const proposals = texts.flatMap((text) => {
    const answer = canonicaliseUrl(text);
    return "reason" in answer && answer.suggestion !== undefined ? [{ text, proposal: answer.suggestion }] : [];
  });
  expect(proposals.length).toBeGreaterThan(50);
  for (const { text, proposal } of proposals) expect(proposal).not.toBe(text);
});
