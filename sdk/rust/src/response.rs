use serde::de::{DeserializeOwned, Error};

use crate::Body;
use crate::bindings::backfill::http::client;
use crate::bindings::backfill::http::types::Header;

/// A response. Every status is one, also 4xx and 5xx.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// True for a status of 200 to 299.
    pub ok: bool,
    /// One field a name, in lower case: repeated ones are joined with `, `, but `set-cookie`, of which it has the first.
    pub headers: Vec<(String, String)>,
    /// Every field in the order of arrival.
    pub header_list: Vec<(String, String)>,
    /// JSON, other text, or bytes.
    pub body: Body,
}

impl Response {
    /// The field of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of a JSON body. An error where the body is no JSON, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        match &self.body {
            Body::Json(text) => serde_json::from_str(text),
            _ => Err(serde_json::Error::custom("the body of the response is no JSON")),
        }
    }

    /// The body as text, JSON too; none where it is bytes.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Json(text) | Body::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<client::Response> for Response {
    fn from(response: client::Response) -> Self {
        Response {
            status: response.status,
            ok: response.ok,
            headers: pairs(response.headers),
            header_list: pairs(response.header_list),
            body: match response.body {
                client::ResponseBody::Json(text) => Body::Json(text),
                client::ResponseBody::Text(text) => Body::Text(text),
                client::ResponseBody::Bytes(bytes) => Body::Bytes(bytes),
            },
        }
    }
}

fn pairs(fields: Vec<Header>) -> Vec<(String, String)> {
    fields.into_iter().map(|Header { name, value }| (name, value)).collect()
}
