use std::error::Error;
use std::panic::PanicHookInfo;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::bindings::backfill::http::log::{Level, write};

/// Runs a hook: an error becomes its message. A panic, which nothing can catch, leaves its message in the log.
pub fn run<E: DeserializeOwned, R: Serialize>(
    event: &str,
    hook: impl FnOnce(E) -> Result<R>,
) -> std::result::Result<String, String> {
    std::panic::set_hook(Box::new(log_panic));
    handle(event, hook).map_err(|error| serde_json::Value::from(error.to_string()).to_string())
}

fn handle<E: DeserializeOwned, R: Serialize>(event: &str, hook: impl FnOnce(E) -> Result<R>) -> Result<String> {
    let event = serde_json::from_str(event)
        .map_err(|error| Box::<dyn Error>::from(format!("the event is not what the hook takes: {error}")))?;
    Ok(serde_json::to_string(&hook(event)?)?)
}

fn log_panic(panic: &PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("the hook panicked");
    let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
    write(Level::Critical, &format!("{message}{place}"), None);
}
