// What is not JSON is a string.
import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  return Http.get("https://api.stripe.com/healthcheck").body;
}
