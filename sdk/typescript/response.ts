import type { Body, Field, Response } from "backfill:http/client@0.1.0";

/** A response. Every status is one, also 4xx and 5xx. */
export interface HttpResponse {
  /** The status code. */
  status: number;
  /** By lower-case name. Repeated fields are joined with `, `, but set-cookie, of which this is the first. */
  headers: Record<string, string>;
  // `any`, as it is documented: what the server sent is for the hook to know.
  /**
   * Parsed JSON if the response is JSON; raw string otherwise. A `Uint8Array` where `responseType` is `"bytes"`, or
   * where the charset is not UTF-8 or Latin-1.
   */
  body: any;
  /** True if 2xx. */
  ok: boolean;
  /** Every field in the order of arrival: name (lower case) and value. */
  headerList: [name: string, value: string][];
}

/** @internal */
export function responseOf({ status, ok, headers, headerList, body }: Response): HttpResponse {
  return {
    status,
    headers: byName(headers),
    body: valueOf(body),
    ok,
    headerList: headerList.map(({ name, value }) => [name, value]),
  };
}

/** No prototype: a field that no server sent must not be found on it. */
function byName(fields: readonly Field[]): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const { name, value } of fields) headers[name] = value;
  return headers;
}

function valueOf(body: Body): unknown {
  return body.tag === "json" ? JSON.parse(body.val) : body.val;
}
