// One call an event: a GET of `url`, or a POST of `upload` characters to it. Without `url` it makes none.
import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const url = event["url"];
  if (url.isMissing) return event;
  const upload = event["upload"];
  if (upload.isMissing) return Json.from(Http.get(url.toString()).text.length);
  return Json.from(Http.post(url.toString(), textOf(<i32>upload.asInteger())).text.length);
}

/** A long text, by repeating less short ones: AssemblyScript's `repeat` makes a call for each. */
function textOf(length: i32): string {
  const kilo = "x".repeat(32).repeat(32);
  const text = kilo.repeat(length >> 10);
  const rest = length & 1023;
  return rest == 0 ? text : text + kilo.substring(0, rest);
}
