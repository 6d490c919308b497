//! The example "Making a request" of the documentation, in Rust.

use std::time::Duration;

use backfill_http::{Auth, Options, http, log, secrets};
use serde_json::{Value, json};

backfill_http::hook!(run);

fn run(_event: Value) -> backfill_http::Result<Value> {
    let options = Options {
        auth: secrets::get("stripe_api_key").map(Auth::Bearer),
        timeout: Some(Duration::from_millis(10_000)),
        ..Options::default()
    };
    let res = http::get("https://api.stripe.com/v1/customers", &options)?;

    if !res.ok {
        log::error("Stripe call failed", json!({ "status": res.status, "body": res.text() }));
        return Err("Stripe call failed".into());
    }

    let customers = res.json::<Value>()?["data"].take();
    Ok(customers)
}
