// One call an event: a GET of `url`, or a POST of `upload` characters to it, a multiple of 1024. Without `url` it makes none.
import { Http, Json } from "@backfill/http/assembly";

const X64 = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

export function run(event: Json): Json {
  const url = event["url"];
  if (url.isMissing) return event;
  const upload = event["upload"];
  if (upload.isMissing) return Json.from(Http.get(url.toString()).text.length);
  // AssemblyScript's repeat() copies what it repeats once each time: a character at a time takes longer than the call.
  const body = X64.repeat(16).repeat(<i32>upload.asInteger() / 1024);
  return Json.from(Http.post(url.toString(), body).text.length);
}
