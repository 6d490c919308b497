//! Makes failures: what a call that gave no response tells the guest.

use crate::bindings::types::{Failure, FailureCode, Phase};

/// A failure of a call of which no byte was sent.
pub fn failure(code: FailureCode, phase: Phase, message: impl Into<String>) -> Failure {
    Failure {
        code,
        message: message.into(),
        phase,
        detail: None,
        request_may_have_been_sent: false,
    }
}

/// The name of a phase as the contract spells it.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Validate => "validate",
        Phase::Policy => "policy",
        Phase::Queue => "queue",
        Phase::Auth => "auth",
        Phase::Dns => "dns",
        Phase::Connect => "connect",
        Phase::Tls => "tls",
        Phase::Send => "send",
        Phase::Headers => "headers",
        Phase::Body => "body",
        Phase::Decode => "decode",
    }
}
