// The same as ../call.ts.
import { Http } from "@backfill/http/hook";

export function run(event: { readonly url?: string; readonly upload?: number }): unknown {
  if (event.url === undefined) return event;
  if (event.upload === undefined) return String(Http.get(event.url).body).length;
  return String(Http.post(event.url, "x".repeat(event.upload)).body).length;
}
