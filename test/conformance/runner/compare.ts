import type { ExpectedRequest } from "./case.ts";

/**
 * What differs between an expected value and the one that came, one line each. Of an object only the expected members
 * are compared; arrays as a whole. `{ "oneOf": […] }` takes any of its values, `{ "repeat": … }` is a text many times, and
 * a member `json` is compared as JSON, not as text.
 */
export function differences(expected: unknown, actual: unknown, path: string): readonly string[] {
  if (isObject(expected)) return objectDifferences(expected, actual, path);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [mismatch(path, expected, actual)];
    return expected.flatMap((value, i) => differences(value, actual[i], `${path}[${i}]`));
  }
  return expected === actual ? [] : [mismatch(path, expected, actual)];
}

function objectDifferences(expected: Record<string, unknown>, actual: unknown, path: string): readonly string[] {
  if (Array.isArray(expected["oneOf"])) {
    const fits = expected["oneOf"].some((value) => differences(value, actual, path).length === 0);
    return fits ? [] : [mismatch(path, expected, actual)];
  }
  if (isObject(expected["repeat"])) {
    const { text, times } = expected["repeat"] as { readonly text: string; readonly times: number };
    return differences(text.repeat(times), actual, path);
  }
  if (!isObject(actual)) return [mismatch(path, expected, actual)];
  return Object.entries(expected).flatMap(([name, value]) => {
    const at = `${path}.${name}`;
    if (!(name in actual)) return [`${at}: wanted ${show(value)}, got none in ${show(actual)}`];
    if (name !== "json" || typeof value !== "string") return differences(value, actual[name], at);
    return sameJson(value, actual[name]) ? [] : [mismatch(at, value, actual[name])];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameJson(expected: string, actual: unknown): boolean {
  if (typeof actual !== "string") return false;
  try {
    return sorted(JSON.parse(expected)) === sorted(JSON.parse(actual));
  } catch {
    return false;
  }
}

/** One text for a value, whatever the order of its members. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function mismatch(path: string, expected: unknown, actual: unknown): string {
  return `${path}: wanted ${show(expected)}, got ${show(actual)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** What differs between the requests that were wanted and those that came. */
export function wireDifferences(
  expected: readonly ExpectedRequest[],
  actual: readonly string[],
  path: string,
): readonly string[] {
  if (expected.length !== actual.length) {
    return [`${path}: wanted ${expected.length} requests, got ${actual.length}: ${show(actual)}`];
  }
  return expected.flatMap((request, i) => requestDifferences(request, actual[i] ?? "", `${path}[${i}]`));
}

function requestDifferences(expected: ExpectedRequest, actual: string, path: string): readonly string[] {
  const { line, fields, body } = parseRequest(actual);
  const found: string[] = [];
  if (expected.bytes !== undefined && expected.bytes !== actual) {
    found.push(mismatch(`${path}.bytes`, expected.bytes, actual));
  }
  if (expected.line !== undefined && expected.line !== line) found.push(mismatch(`${path}.line`, expected.line, line));
  if (expected.body !== undefined && expected.body !== body) found.push(mismatch(`${path}.body`, expected.body, body));
  const wanted = Map.groupBy(expected.fields ?? [], ([name]) => name);
  for (const [name, pairs] of wanted) {
    const values = pairs.map(([, value]) => value);
    found.push(...differences(values, fields.get(name) ?? [], `${path}.fields.${name}`));
  }
  for (const name of expected.absent ?? []) {
    if (fields.has(name)) found.push(`${path}.fields.${name}: wanted none, got ${show(fields.get(name))}`);
  }
  return found;
}

interface ParsedRequest {
  readonly line: string;
  /** The values of each lower-case name, in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

function parseRequest(text: string): ParsedRequest {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = new Map<string, string[]>();
  for (const field of lines) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
  return { line, fields, body: text.slice(end + 4) };
}
