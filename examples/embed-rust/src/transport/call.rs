//! One call while it goes on: where it is, and when it ends at the latest.

use std::time::{Duration, Instant};

use crate::bindings::types::{Failure, FailureCode, Phase};
use crate::failure::phase_name;

/// How far a call has come.
#[derive(Debug)]
pub struct Call {
    /// The host, and the port where it is not 443: what messages name.
    pub authority: String,
    /// Where it is.
    pub phase: Phase,
    /// Whether a byte of the request may have reached the server.
    pub sent: bool,
    /// How long it may take.
    pub allowed: Duration,
    /// When it ends at the latest.
    pub deadline: Instant,
}

impl Call {
    /// A call that begins now.
    pub fn new(authority: &str, allowed: Duration, deadline: Instant) -> Self {
        Self {
            authority: authority.to_owned(),
            phase: Phase::Queue,
            sent: false,
            allowed,
            deadline,
        }
    }

    /// A failure of this call where it is.
    pub fn fail(&self, code: FailureCode, what: impl AsRef<str>) -> Failure {
        let phase = phase_name(self.phase);
        Failure {
            code,
            message: format!("{} {} (phase {phase}).", self.authority, what.as_ref()),
            phase: self.phase,
            detail: None,
            request_may_have_been_sent: self.sent,
        }
    }

    /// The same, with what the operating system or a library calls it.
    pub fn fail_with(&self, code: FailureCode, what: &str, detail: impl ToString) -> Failure {
        Failure {
            detail: Some(detail.to_string()),
            ..self.fail(code, what)
        }
    }

    /// The time that is left.
    ///
    /// # Errors
    ///
    /// `timeout` where none is.
    pub fn left(&self) -> Result<Duration, Failure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(self.timed_out())
        } else {
            Ok(left)
        }
    }

    /// The failure of a call whose deadline has passed.
    pub fn timed_out(&self) -> Failure {
        let what = format!("did not finish within {} ms", self.allowed.as_millis());
        self.fail(FailureCode::Timeout, what)
    }
}
