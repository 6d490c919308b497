// "Making a request" of the documentation, in AssemblyScript. Each difference that the language forces has a comment.
import { Http, Json, Log, Secrets } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const res = Http.get("https://api.stripe.com/v1/customers", {
    auth: { bearer: Secrets.get("stripe_api_key")! },
    timeout: 10_000,
  });

  if (!res.ok) {
    // There is no object literal without a class, so fields of any name are set one by one.
    Log.error("Stripe call failed", Json.object().set("status", res.status).set("body", res.body));
    throw new Error("Stripe call failed");
  }

  // There is no member that is found at run time, so `res.body.data` is spelt as an index.
  const customers = res.body["data"];
  return customers;
}
