"""The example "Making a request" of the documentation, in Python."""

from typing import Any

from backfill_http import Bearer, http, log, secrets


def run(event: Any) -> Any:
    res = http.get(
        "https://api.stripe.com/v1/customers",
        auth=Bearer(secrets.get("stripe_api_key")),
        timeout=10_000,
    )

    if not res.ok:
        log.error("Stripe call failed", status=res.status, body=res.body)
        raise RuntimeError("Stripe call failed")

    customers = res.body["data"]
    return customers
