// "Making a request" of the documentation, as it is printed there.
import { Http, Log, Secrets } from "@backfill/http/hook";

export function run(): unknown {
  const res = Http.get("https://api.stripe.com/v1/customers", {
    auth: { bearer: Secrets.get("stripe_api_key")! },
    timeout: 10_000,
  });

  if (!res.ok) {
    Log.error("Stripe call failed", { status: res.status, body: res.body });
    throw new Error("Stripe call failed");
  }

  const customers = res.body.data;
  return customers;
}
