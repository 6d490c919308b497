//! Does what a case of the conformance suite tells it, step by step, and reports what a hook sees of each step.

mod base64;
mod call;

use std::hint::black_box;
use std::time::Duration;

use backfill_http::{Auth, Body, HttpError, Options, Response, ResponseType, clock, http, log, random, secrets};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Call, CallAuth, CallBody, CallOptions, Line};

/// 2026-01-01, before which no clock that runs can be.
const THIS_YEAR: u64 = 1_767_225_600_000;

#[derive(Deserialize)]
struct Event {
    calls: Vec<Value>,
}

backfill_http::hook!(run);

fn run(event: Event) -> backfill_http::Result<Value> {
    let outcomes = event.calls.into_iter().map(step).collect::<backfill_http::Result<Vec<_>>>()?;
    Ok(json!({ "outcomes": outcomes }))
}

fn step(text: Value) -> backfill_http::Result<Value> {
    let call = Call::deserialize(&text)?;
    if let Some(milliseconds) = call.sleep {
        clock::sleep(Duration::from_millis(milliseconds));
        return Ok(json!({ "slept": milliseconds }));
    }
    if call.now.is_some() {
        return Ok(json!({ "now": clock::now() >= THIS_YEAR }));
    }
    if let Some(length) = call.random {
        return Ok(json!({ "random": random::bytes(length).len() }));
    }
    if let Some(line) = call.log {
        return Ok(write(line));
    }
    if let Some(message) = call.trap {
        panic!("{message}");
    }
    if call.spin.is_some() {
        loop {
            black_box(());
        }
    }
    if let Some(size) = call.grow {
        return Ok(json!({ "grown": black_box(vec![1_u8; size]).len() }));
    }
    send(call, text)
}

fn write(line: Line) -> Value {
    match line.level.as_str() {
        "debug" => log::debug(&line.message, line.fields),
        "info" => log::info(&line.message, line.fields),
        "warn" => log::warn(&line.message, line.fields),
        _ => log::error(&line.message, line.fields),
    }
    json!({ "logged": line.level })
}

fn send(mut call: Call, text: Value) -> backfill_http::Result<Value> {
    if let Some(name) = call.secret {
        let Some(value) = secrets::get(&name) else {
            return Ok(json!({ "noSecret": name }));
        };
        // In the text of the whole call, so that every place takes it.
        let quoted = Value::from(value).to_string();
        let filled = text.to_string().replace("{{secret}}", &quoted[1..quoted.len() - 1]);
        call = serde_json::from_str(&filled)?;
    }
    Ok(match perform(call) {
        Ok(response) => json!({ "response": report(response) }),
        Err(error) => json!({ "failure": report_error(error) }),
    })
}

fn perform(call: Call) -> Result<Response, HttpError> {
    let options = options(call.options);
    let body = body(call.body);
    match call.method.as_str() {
        "get" => http::get(&call.url, &options),
        "put" => http::put(&call.url, body, &options),
        "patch" => http::patch(&call.url, body, &options),
        "delete" => http::delete(&call.url, &options),
        _ => http::post(&call.url, body, &options),
    }
}

fn body(body: Option<CallBody>) -> Body {
    match body {
        None => Body::None,
        Some(CallBody::Json(text)) => Body::Json(text),
        Some(CallBody::Text(text)) => Body::Text(text),
        Some(CallBody::Bytes(text)) => Body::Bytes(base64::decode(&text)),
    }
}

fn options(given: CallOptions) -> Options {
    Options {
        headers: given.headers,
        body: body(given.body),
        auth: given.auth.map(auth),
        timeout: given.timeout.map(Duration::from_millis),
        response_type: match given.response_type.as_deref() {
            Some("text") => ResponseType::Text,
            Some("bytes") => ResponseType::Bytes,
            _ => ResponseType::Auto,
        },
    }
}

fn auth(auth: CallAuth) -> Auth {
    match auth {
        CallAuth::Bearer(token) => Auth::Bearer(token),
        CallAuth::Basic { user, pass } => Auth::Basic { user, password: pass },
        CallAuth::Oauth { min_ttl_seconds } => Auth::OAuth { min_ttl: min_ttl_seconds.map(Duration::from_secs) },
    }
}

fn report(response: Response) -> Value {
    let body = match response.body {
        Body::Json(text) => json!({ "json": text }),
        Body::Bytes(bytes) => json!({ "bytes": base64::encode(&bytes) }),
        Body::Text(text) => json!({ "text": text }),
        Body::None => json!({ "text": "" }),
    };
    json!({
        "status": response.status,
        "ok": response.ok,
        "headers": response.headers,
        "headerList": response.header_list,
        "body": body,
    })
}

fn report_error(error: HttpError) -> Value {
    json!({
        "code": error.code.as_str(),
        "phase": error.phase.as_str(),
        "requestMayHaveBeenSent": error.request_may_have_been_sent,
        "message": error.message,
        "detail": error.detail,
    })
}
