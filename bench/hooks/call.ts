// One call an event: a GET of `url`, or a POST of `upload` characters to it, a multiple of 1024. Without `url` it makes none.
import { Http, Json } from "@backfill/http/assembly";
import { textOf } from "../guests/text";

export function run(event: Json): Json {
  const url = event["url"];
  if (url.isMissing) return event;
  const upload = event["upload"];
  if (upload.isMissing) return Json.from(Http.get(url.toString()).text.length);
  return Json.from(Http.post(url.toString(), textOf(<i32>upload.asInteger())).text.length);
}
