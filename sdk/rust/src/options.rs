use std::time::Duration;

pub use crate::bindings::backfill::http::client::ResponseType;

use crate::Body;
use crate::bindings::backfill::http::client::RequestOptions;
use crate::bindings::backfill::http::types::{Authorization, BasicCredentials, Header, OauthOptions};

/// The options of a call.
#[derive(Clone, Debug)]
pub struct Options {
    /// The hook's own fields, as pairs of name and value.
    pub headers: Vec<(String, String)>,
    /// The body, where it is not an argument of the call.
    pub body: Body,
    /// How the host writes the Authorization field.
    pub auth: Option<Auth>,
    /// The deadline of the whole call. Without it, the platform's default; 0 is [`Code::InvalidRequest`](crate::Code).
    pub timeout: Option<Duration>,
    /// The form of the response's body: `Auto`, `Text` or `Bytes`.
    pub response_type: ResponseType,
}

impl Default for Options {
    fn default() -> Self {
        Options { headers: Vec::new(), body: Body::None, auth: None, timeout: None, response_type: ResponseType::Auto }
    }
}

/// How the host writes the Authorization field.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(String),
    /// `Authorization: Basic …` (RFC 7617). The user holds no colon.
    Basic { user: String, password: String },
    /// The connector's own token, which the hook never sees; it stays valid for this long at the least.
    OAuth { min_ttl: Option<Duration> },
}

impl Options {
    pub(crate) fn to_request(&self) -> RequestOptions {
        RequestOptions {
            headers: self.headers.iter().map(|(name, value)| header(name, value)).collect(),
            body: self.body.clone().into_request(),
            authorization: self.auth.clone().map(authorization),
            timeout: self.timeout.map(milliseconds),
            response_type: self.response_type,
        }
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn authorization(auth: Auth) -> Authorization {
    match auth {
        Auth::Bearer(token) => Authorization::Bearer(token),
        Auth::Basic { user, password } => Authorization::Basic(BasicCredentials { user, password }),
        Auth::OAuth { min_ttl } => Authorization::Oauth(OauthOptions { min_ttl: min_ttl.map(seconds) }),
    }
}

/// Rounds up, to the largest that crosses the boundary at most.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u32::MAX)
}
