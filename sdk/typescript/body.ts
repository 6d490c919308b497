import type { Body, Field } from "backfill:http/client@0.1.0";
import { InvalidRequest } from "./error.ts";

const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

/**
 * Encodes a request body. Adds the Content-Type of a form to `headers`, where the caller has set none; that of JSON is
 * the Http component's to add.
 */
export function encodeBody(value: unknown, headers: Field[]): Body | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return { tag: "text", val: value.toWellFormed() };
  if (value instanceof ArrayBuffer) return { tag: "bytes", val: new Uint8Array(value) };
  if (ArrayBuffer.isView(value)) {
    return { tag: "bytes", val: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
  }
  // The class is the hook's own: it comes with the hooks that use it.
  if (Object.prototype.toString.call(value) === "[object URLSearchParams]") {
    if (!headers.some(({ name }) => name.toLowerCase() === "content-type")) {
      headers.push({ name: "content-type", value: FORM });
    }
    return { tag: "text", val: String(value) };
  }
  return { tag: "json", val: jsonText(value) };
}

function jsonText(value: unknown): string {
  const why = unsendable(value);
  if (why !== undefined) throw new InvalidRequest(`the body is ${why}`);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new InvalidRequest(`the body cannot be written as JSON: ${(error as Error).message}`);
  }
  if (text === undefined) throw new InvalidRequest("the body cannot be written as JSON: it has no value");
  return text;
}

/** JSON.stringify would send these as nothing or as `{}`, which nobody who passes them means. */
function unsendable(value: unknown): string | undefined {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    return `a ${typeof value}, which is no JSON`;
  }
  if (value instanceof Promise) return "a promise; a hook is synchronous, and there is nothing to wait for";
  if (value instanceof Map || value instanceof Set) {
    return `a ${value.constructor.name}, which is no JSON; send Object.fromEntries(map) or [...set]`;
  }
  return undefined;
}
