// A peer that hangs costs this hook half a second and no more.
import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  return Http.get("https://api.stripe.com/v1/reports", { timeout: 500 }).body;
}
