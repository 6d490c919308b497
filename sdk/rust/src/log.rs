//! The hook's log. Writing never fails.

use serde_json::Value;

use crate::bindings::backfill::http::log::{Level, write};

/// A line for the hook's author. The fields are a JSON object, or null for none.
pub fn debug(message: &str, fields: Value) {
    line(Level::Debug, message, fields);
}

/// A line for the record.
pub fn info(message: &str, fields: Value) {
    line(Level::Info, message, fields);
}

/// A line about something to look at.
pub fn warn(message: &str, fields: Value) {
    line(Level::Warn, message, fields);
}

/// A line about something that went wrong.
pub fn error(message: &str, fields: Value) {
    line(Level::Error, message, fields);
}

fn line(level: Level, message: &str, fields: Value) {
    let fields = (!fields.is_null()).then(|| fields.to_string());
    write(level, message, fields.as_deref());
}
