// Http does not retry, so this hook does: three attempts, and only where another one can help.
import { Clock, Http, HttpError, type HttpResponse, Log, Secrets } from "@backfill/http/hook";

export function run(event: { readonly order: number }): unknown {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const res = charge(event.order);
    if (res !== undefined && res.status !== 503) return res.body;
    Log.warn("no charge yet", { attempt });
    Clock.sleep(50 * attempt);
  }
  throw new Error("Stripe stayed unavailable");
}

/** The response, or undefined for a failure that passes. The key makes a repeated POST safe. */
function charge(order: number): HttpResponse | undefined {
  try {
    return Http.post(
      "https://api.stripe.com/v1/charges",
      { amount: 1200 },
      {
        auth: { bearer: Secrets.get("stripe_api_key")! },
        headers: { "X-Idempotency-Key": `order-${order}` },
        timeout: 5_000,
      },
    );
  } catch (error) {
    // Without such a key, ask error.requestMayHaveBeenSent.
    if (error instanceof HttpError && ["connection-error", "timeout", "dns-error"].includes(error.code))
      return undefined;
    throw error;
  }
}
