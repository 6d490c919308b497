import type { ClientResponse } from "../abi/client.ts";
import { HttpFailure } from "../errors.ts";

/** One outcome as JSON text: `{"response": …}` or `{"failure": …}`. */
export function outcomeJson(outcome: ClientResponse | HttpFailure): string {
  if (outcome instanceof HttpFailure) {
    const { code, phase, message, requestMayHaveBeenSent } = outcome;
    return JSON.stringify({ failure: { code, phase, message, requestMayHaveBeenSent } });
  }
  const { status, ok, headers, body } = outcome;
  const head = JSON.stringify({ status, ok, headers: headersObject(headers), bodyKind: body.kind });
  return `{"response":${head.slice(0, -1)},"body":${bodyJson(body)}}}`;
}

/** A JSON body is put in as the text it came in, so that its numbers keep their digits. */
function bodyJson(body: ClientResponse["body"]): string {
  if (body.kind === "json") return body.text;
  return JSON.stringify(body.kind === "text" ? body.text : Buffer.from(body.bytes).toString("base64"));
}

function headersObject(headers: readonly string[]): Record<string, string> {
  // Unlike an assignment, fromEntries makes a plain property of a name such as __proto__.
  return Object.fromEntries(headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] ?? ""]] : [])));
}
