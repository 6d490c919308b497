// Http does not retry, so this hook does: three attempts, and only where another one can help.
import { Clock, Http, HttpError, Json, Log, Secrets } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const key = "order-" + event["order"].toString();
  for (let attempt: u32 = 1; attempt <= 3; ++attempt) {
    const result = Http.tryPost("https://api.stripe.com/v1/charges", Json.object().set("amount", 1200), {
      auth: { bearer: Secrets.get("stripe_api_key")! },
      // A header literal is a list of pairs: the language has no quoted names in object literals.
      headers: [["X-Idempotency-Key", key]],
      timeout: 5_000,
    });
    const error = result.error;
    if (error != null && !isPassing(error)) throw new Error(error.toString());
    const res = result.response;
    if (res != null && res.status != 503) return res.body;
    Log.warn("no charge yet", Json.object().set("attempt", attempt));
    Clock.sleep(50 * attempt);
  }
  throw new Error("Stripe stayed unavailable");
}

/** The network's failures pass. The key makes a repeated POST safe; without one, ask error.requestMayHaveBeenSent. */
function isPassing(error: HttpError): bool {
  return error.code == "connection-error" || error.code == "timeout" || error.code == "dns-error";
}
