use std::fmt;

pub use crate::bindings::backfill::http::types::{FailureCode as Code, Phase};

use crate::bindings::backfill::http::types::Failure;

/// A call without a response. A 4xx or 5xx is a response.
#[derive(Clone, Debug)]
pub struct HttpError {
    /// What to branch on, never the message.
    pub code: Code,
    /// Where the call was.
    pub phase: Phase,
    /// For people: what happened, and what to change.
    pub message: String,
    /// What the network said, for logs.
    pub detail: Option<String>,
    /// False: no byte has left, and repeating the call cannot do anything twice.
    pub request_may_have_been_sent: bool,
    call: String,
}

impl HttpError {
    pub(crate) fn new(method: &str, url: &str, failure: Failure) -> Self {
        HttpError {
            code: failure.code,
            phase: failure.phase,
            message: failure.message,
            detail: failure.detail,
            request_may_have_been_sent: failure.request_may_have_been_sent,
            call: format!("http::{method} {}", without_secrets(url)),
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HttpError { call, code, phase, message, .. } = self;
        write!(f, "{call}: {} in phase {}: {message}", code.as_str(), phase.as_str())
    }
}

impl std::error::Error for HttpError {}

/// A query, a fragment or userinfo may hold a key, and the message goes to a log.
fn without_secrets(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.split_once("//") {
        Some((scheme, rest)) => {
            let (authority, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}//{host}{tail}")
        }
        None => path.to_owned(),
    }
}

impl Code {
    /// The name in the contract, as `not-allowed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidRequest => "invalid-request",
            Code::InvalidUrl => "invalid-url",
            Code::NotAllowed => "not-allowed",
            Code::ForbiddenHeader => "forbidden-header",
            Code::InvalidHeader => "invalid-header",
            Code::AuthCollision => "auth-collision",
            Code::AuthUnavailable => "auth-unavailable",
            Code::ReauthNeeded => "reauth-needed",
            Code::RefreshUnavailable => "refresh-unavailable",
            Code::SecretNotAllowed => "secret-not-allowed",
            Code::AddressProhibited => "address-prohibited",
            Code::DnsError => "dns-error",
            Code::ConnectionError => "connection-error",
            Code::TlsError => "tls-error",
            Code::Timeout => "timeout",
            Code::TooLarge => "too-large",
            Code::LimitExceeded => "limit-exceeded",
            Code::ProtocolError => "protocol-error",
            Code::Cancelled => "cancelled",
            Code::Other => "other",
        }
    }
}

impl Phase {
    /// The name in the contract, as `connect`.
    pub fn as_str(self) -> &'static str {
        match self {
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
}
