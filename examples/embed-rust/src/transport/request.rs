//! A request as it goes on the wire.

use crate::bindings::types::{Failure, FailureCode, Method, Phase, Request};
use crate::failure::failure;
use crate::limits::{Limits, header_cost};
use crate::policy::headers::field_value;
use crate::policy::url::CanonicalUrl;

/// What the host calls itself where the guest names no agent.
const USER_AGENT: &str = "backfill-http/0.1.0";
/// The codings every server knows, and this host decodes.
const ACCEPT_ENCODING: &str = "gzip, deflate, br";

/// Refuses a request over the host's caps, before its name is looked up.
///
/// # Errors
///
/// `too-large`.
pub fn check_size(request: &Request, limits: &Limits) -> Result<(), Failure> {
    let over = |what: &str, size: usize, most: usize| {
        let message = format!("The request has {what} of {size}; this host sends at most {most}.");
        Err(failure(FailureCode::TooLarge, Phase::Validate, message))
    };
    let body = request.body.as_ref().map_or(0, Vec::len);
    if body > limits.request_body_bytes {
        return over("a body", body, limits.request_body_bytes);
    }
    if request.headers.len() > limits.header_count {
        return over("a number of header fields", request.headers.len(), limits.header_count);
    }
    let cost = |header: &crate::bindings::types::Header| {
        header_cost(header.name.chars().count(), header.value.chars().count())
    };
    let cost = request.headers.iter().map(cost).sum();
    if cost > limits.header_bytes {
        return over(
            "header fields, each counted with 32 bytes more,",
            cost,
            limits.header_bytes,
        );
    }
    Ok(())
}

/// The bytes of a request: the guest's fields in their order, and the host's where the guest has none.
pub fn write(request: &Request, url: &CanonicalUrl, authorization: Option<&str>) -> Vec<u8> {
    let mut head = Head::default();
    head.text(method_name(request.method));
    head.text(" ");
    head.text(&url.target);
    head.text(" HTTP/1.1\r\n");
    head.field("host", &url.authority);
    head.field("connection", "keep-alive");
    for header in &request.headers {
        head.field(&header.name, field_value(&header.value));
    }
    for (name, value) in [
        ("accept", "*/*"),
        ("accept-encoding", ACCEPT_ENCODING),
        ("user-agent", USER_AGENT),
    ] {
        if header_value(request, name).is_none() {
            head.field(name, value);
        }
    }
    if let Some(value) = authorization {
        head.field("authorization", value);
    }
    let body = request.body.as_deref().unwrap_or_default();
    let expects_body = !matches!(request.method, Method::Get | Method::Delete);
    if expects_body || !body.is_empty() {
        head.field("content-length", &body.len().to_string());
    }
    head.text("\r\n");
    head.0.extend_from_slice(body);
    head.0
}

/// The credentials a request carries: what connections are kept apart by.
pub fn credential(request: &Request, authorization: Option<&str>) -> Option<String> {
    authorization
        .or(header_value(request, "authorization"))
        .map(str::to_owned)
}

fn header_value<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| field_value(&header.value))
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    /// A code unit is a byte (Latin-1); the policy has refused all others.
    fn text(&mut self, text: &str) {
        self.0.extend(text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')));
    }

    fn field(&mut self, name: &str, value: &str) {
        self.text(name);
        self.text(": ");
        self.text(value);
        self.text("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::types::Header;
    use crate::policy::url::canonicalise;

    fn request(method: Method, headers: &[(&str, &str)], body: Option<&[u8]>) -> Request {
        let header = |&(name, value): &(&str, &str)| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        Request {
            method,
            url: String::new(),
            headers: headers.iter().map(header).collect(),
            body: body.map(<[u8]>::to_vec),
            authorization: None,
            timeout: None,
        }
    }

    #[test]
    fn the_wire_form_is_that_of_every_host() {
        let url = canonicalise("https://api.example.com:8443/a?b").unwrap();
        let post = request(Method::Post, &[("X-A", " \u{e9} "), ("ACCEPT", "a/b")], Some(b"{}"));
        let expected = b"POST /a?b HTTP/1.1\r\nhost: api.example.com:8443\r\nconnection: keep-alive\r\nX-A: \xe9\r\n\
            ACCEPT: a/b\r\naccept-encoding: gzip, deflate, br\r\nuser-agent: backfill-http/0.1.0\r\n\
            authorization: Bearer t\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(write(&post, &url, Some("Bearer t")), expected);
        assert!(
            !write(&request(Method::Get, &[], Some(b"")), &url, None)
                .windows(15)
                .any(|w| w == b"content-length:")
        );
        assert!(write(&request(Method::Patch, &[], None), &url, None).ends_with(b"content-length: 0\r\n\r\n"));
    }

    #[test]
    fn a_cap_is_passed_by_one_more() {
        let limits = Limits {
            request_body_bytes: 2,
            header_count: 1,
            header_bytes: 35,
            ..Limits::default()
        };
        assert!(check_size(&request(Method::Post, &[("a", "bc")], Some(b"ab")), &limits).is_ok());
        for over in [
            request(Method::Post, &[], Some(b"abc")),
            request(Method::Post, &[("a", ""), ("b", "")], None),
            request(Method::Post, &[("a", "bcd")], None),
        ] {
            assert_eq!(check_size(&over, &limits).unwrap_err().code, FailureCode::TooLarge);
        }
    }
}
