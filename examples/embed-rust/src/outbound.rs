//! The one door: policy, then credentials, then transport. Nothing else sends.

use std::time::Instant;

use crate::auth;
use crate::bindings::types::{Failure, FailureCode, Phase, Request, Response};
use crate::failure::failure;
use crate::limits::Limits;
use crate::policy::allowlist::{Allowlist, ConfigError};
use crate::policy::headers;
use crate::policy::url::CanonicalUrl;
use crate::transport::call::Call;
use crate::transport::dial::{Dialer, Network};
use crate::transport::pool::{Key, Pool};
use crate::transport::{perform, request};

/// What one hook may send, and its connections.
pub struct Door {
    allowlist: Allowlist,
    limits: Limits,
    dialer: Dialer,
    pool: Pool,
}

/// What one event may still do.
#[derive(Debug)]
pub struct Allowance {
    /// Calls, refused ones too: a loop in a hook ends, whatever it calls.
    pub calls: u32,
    /// Decoded bytes.
    pub bytes: usize,
    /// When the event ends at the latest.
    pub deadline: Instant,
}

impl Door {
    /// The door of one hook.
    ///
    /// # Errors
    ///
    /// Where the network's authorities cannot be read.
    pub fn new(allowlist: Allowlist, limits: Limits, network: Network) -> Result<Self, ConfigError> {
        Ok(Self {
            allowlist,
            pool: Pool::new(&limits),
            limits,
            dialer: Dialer::new(network)?,
        })
    }

    /// The limits it keeps.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Performs one request and returns its response, whole. Never follows a redirect, never retries.
    ///
    /// # Errors
    ///
    /// Where there is no response.
    pub fn send(&self, request: &Request, allowance: &mut Allowance) -> Result<Response, Failure> {
        let started = Instant::now();
        let Some(calls) = allowance.calls.checked_sub(1) else {
            let message = format!(
                "This event has made {} calls, which is all it may make.",
                self.limits.calls_per_event
            );
            return Err(failure(FailureCode::LimitExceeded, Phase::Validate, message));
        };
        allowance.calls = calls;
        let url = self.admit(request)?;
        request::check_size(request, &self.limits)?;
        let authorization = request.authorization.as_ref().map(auth::value).transpose()?;

        let own = started + self.limits.deadline_of(request.timeout);
        let deadline = own.min(allowance.deadline);
        let mut call = Call::new(&url.authority, deadline - started, deadline);
        let response = self.perform(request, &url, authorization.as_deref(), &mut call, &mut allowance.bytes);
        response.map_err(|failure| match failure.code {
            FailureCode::Timeout if deadline < own => Failure {
                code: FailureCode::Cancelled,
                ..failure
            },
            _ => failure,
        })
    }

    fn admit(&self, request: &Request) -> Result<CanonicalUrl, Failure> {
        if request.timeout == Some(0) {
            let message = "timeout is 0; give milliseconds above 0, or leave it out";
            return Err(failure(FailureCode::InvalidRequest, Phase::Validate, message));
        }
        let url = self
            .allowlist
            .check(&request.url)
            .map_err(|denial| failure(denial.code, Phase::Policy, denial.message))?;
        headers::check(&request.headers, request.authorization.is_some())?;
        Ok(url)
    }

    fn perform(
        &self,
        request: &Request,
        url: &CanonicalUrl,
        authorization: Option<&str>,
        call: &mut Call,
        budget: &mut usize,
    ) -> Result<Response, Failure> {
        call.left()?;
        let key = Key {
            authority: url.authority.clone(),
            credential: request::credential(request, authorization),
        };
        let mut connection = match self.pool.take(&key) {
            Some(kept) => kept,
            None => self.dialer.dial(url, &self.allowlist, call)?,
        };
        let bytes = request::write(request, url, authorization);
        let (response, keeps_open) = perform(&mut connection, bytes, call, &self.limits, budget)?;
        if keeps_open {
            self.pool.put(key, connection);
        }
        Ok(response)
    }
}
