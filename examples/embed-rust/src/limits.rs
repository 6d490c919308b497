//! The caps on calls and events. A value equal to its cap passes; one more fails.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::policy::allowlist::ConfigError;

/// What a response may take on the wire beside its body and its header section: chunk framing, a reason phrase,
/// informational responses, trailers.
const FRAMING_BYTES: usize = 1024 * 1024;
/// Every limit keeps it, so that no sum of two overflows.
const GREATEST: u64 = (1 << 31) - 1;

/// The limits of docs/limits.md that concern one event. Those of pools of events are the embedder's: an event takes one
/// thread, and makes one call at a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "docs/limits.md says what each one is")]
pub struct Limits {
    pub request_body_bytes: usize,
    pub response_body_bytes: usize,
    pub header_count: usize,
    pub header_bytes: usize,
    pub informational_responses: u32,
    pub default_deadline: u32,
    pub maximum_deadline: u32,
    pub idle_connections_per_hook: usize,
    pub idle_milliseconds: u32,
    pub calls_per_event: u32,
    pub response_bytes_per_event: usize,
    pub event_deadline: u32,
    pub result_length: usize,
    pub memory_bytes: usize,
    pub cpu_milliseconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_body_bytes: 10 << 20,
            response_body_bytes: 10 << 20,
            header_count: 256,
            header_bytes: 64 << 10,
            informational_responses: 16,
            default_deadline: 30_000,
            maximum_deadline: 120_000,
            idle_connections_per_hook: 256,
            idle_milliseconds: 10_000,
            calls_per_event: 100,
            response_bytes_per_event: 64 << 20,
            event_deadline: 300_000,
            result_length: 4 << 20,
            memory_bytes: 256 << 20,
            cpu_milliseconds: 5_000,
        }
    }
}

/// Every limit there is, and its least value. Those that are no field above bound what this host has none of.
const LEAST: [(&str, u64); 22] = [
    ("requestBodyBytes", 0),
    ("responseBodyBytes", 0),
    ("headerCount", 0),
    ("headerBytes", 0),
    ("informationalResponses", 0),
    ("defaultDeadline", 1),
    ("maximumDeadline", 1),
    ("connectionsPerOrigin", 1),
    ("idleConnectionsPerHook", 0),
    ("idleMilliseconds", 1),
    ("callsInFlightPerHook", 1),
    ("callsInFlight", 1),
    ("memoryBytes", 1),
    ("resultLength", 0),
    ("cpuMilliseconds", 1),
    ("idleInstancesPerHook", 0),
    ("idleInstanceBytes", 0),
    ("reusedMemoryBytes", 0),
    ("queuedEvents", 0),
    ("eventDeadline", 1),
    ("callsPerEvent", 0),
    ("responseBytesPerEvent", 0),
];

impl Limits {
    /// Fills the operator's limits up with the defaults.
    ///
    /// # Errors
    ///
    /// For an unknown name, a value that is not a whole number in range, or a default deadline over the maximum.
    pub fn from_json(given: &Map<String, Value>) -> Result<Self, ConfigError> {
        for (name, value) in given {
            let Some((_, least)) = LEAST.iter().find(|(known, _)| known == name) else {
                return Err(config_error(name, "an unknown limit".to_owned()));
            };
            if !value
                .as_u64()
                .is_some_and(|number| (*least..=GREATEST).contains(&number))
            {
                let message = format!("{value} is no whole number from {least} to {GREATEST}");
                return Err(config_error(name, message));
            }
        }
        let limits: Self = serde_json::from_value(Value::Object(given.clone()))
            .map_err(|cause| config_error("", cause.to_string()))?;
        if limits.default_deadline > limits.maximum_deadline {
            let message = format!("over limits.maximumDeadline ({})", limits.maximum_deadline);
            return Err(config_error("defaultDeadline", message));
        }
        Ok(limits)
    }

    /// The bytes of one response as it travels, before decoding.
    pub fn wire_bytes(&self) -> usize {
        self.response_body_bytes + self.header_bytes + FRAMING_BYTES
    }

    /// How long a call may take.
    pub fn deadline_of(&self, timeout: Option<u32>) -> Duration {
        let milliseconds = timeout.unwrap_or(self.default_deadline).min(self.maximum_deadline);
        Duration::from_millis(milliseconds.into())
    }
}

/// The cost of one header field against `headerBytes`, as RFC 9113, section 6.5.2 counts.
pub fn header_cost(name_length: usize, value_length: usize) -> usize {
    name_length + value_length + 32
}

fn config_error(name: &str, message: String) -> ConfigError {
    ConfigError {
        path: format!("limits.{name}"),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Limits, ConfigError> {
        Limits::from_json(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_is_not_given_is_the_default() {
        let limits = read(r#"{"headerCount": 0, "callsInFlight": 1}"#).unwrap();
        assert_eq!((limits.header_count, limits.calls_per_event), (0, 100));
    }

    #[test]
    fn a_limit_that_cannot_hold_is_told_with_its_place() {
        for (json, path) in [
            (r#"{"memoryBytes": 0}"#, "limits.memoryBytes"),
            (r#"{"headerBytes": 1.5}"#, "limits.headerBytes"),
            (r#"{"headers": 1}"#, "limits.headers"),
            (r#"{"eventDeadline": 2147483648}"#, "limits.eventDeadline"),
            (
                r#"{"defaultDeadline": 2, "maximumDeadline": 1}"#,
                "limits.defaultDeadline",
            ),
        ] {
            assert_eq!(read(json).unwrap_err().path, path);
        }
    }
}
