use serde_json::Value;

use crate::bindings::backfill::http::client::RequestBody;

/// A body. A request takes anything that becomes one: a string and bytes are sent as they are, a [`Value`] as JSON, and
/// `()` is no body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// No body.
    #[default]
    None,
    /// JSON text. A request has its Content-Type unless the headers have one.
    Json(String),
    /// Text, as it is.
    Text(String),
    /// Bytes, as they are.
    Bytes(Vec<u8>),
}

impl Body {
    pub(crate) fn into_request(self) -> Option<RequestBody> {
        match self {
            Body::None => None,
            Body::Json(text) => Some(RequestBody::Json(text)),
            Body::Text(text) => Some(RequestBody::Text(text)),
            Body::Bytes(bytes) => Some(RequestBody::Bytes(bytes)),
        }
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Body::None
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Body::Json(value.to_string())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Body::Text(text.to_owned())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Body::Text(text)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Body::Bytes(bytes)
    }
}
