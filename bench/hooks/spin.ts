// Never ends by itself.
import { Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  let turns = event.length;
  while (turns >= 0) turns = (turns + 1) & 0xffff;
  return Json.from(turns);
}
