//! Time.

use std::time::Duration;

use crate::bindings::backfill::http::clock;

/// Milliseconds since 1970.
pub fn now() -> u64 {
    clock::now()
}

/// Waits; the event's deadline ends it.
pub fn sleep(duration: Duration) {
    clock::sleep(crate::options::milliseconds(duration));
}
