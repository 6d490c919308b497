//! What a guest may write into the header section.

use crate::bindings::types::{Failure, FailureCode, Header, Phase};
use crate::failure::failure;

/// Fields that say where a message goes, how it is framed or what it is taken for. They are the host's.
const FORBIDDEN: [&str; 20] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-uri",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// Of two, one server takes the first and another the last (RFC 9110, section 5.3).
const SINGLE: [&str; 3] = ["authorization", "content-type", "cookie"];

/// Refuses fields that may not leave. No message holds a value.
///
/// # Errors
///
/// `invalid-header`, `forbidden-header`, or `auth-collision` for an Authorization beside `authorization`.
pub fn check(headers: &[Header], has_authorization: bool) -> Result<(), Failure> {
    let mut seen: Vec<String> = Vec::new();
    for Header { name, value } in headers {
        check_field(name, value, has_authorization)?;
        let lower = name.to_ascii_lowercase();
        if SINGLE.contains(&lower.as_str()) {
            if seen.contains(&lower) {
                let what = format!("the header {} stands twice and can have one value only", shown(name));
                return Err(invalid(what));
            }
            seen.push(lower);
        }
    }
    Ok(())
}

/// Whether a byte can stand in a token (RFC 9110, section 5.6.2).
pub fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte)
}

/// A field's value: the spaces and tabs around it are no part of it (RFC 9110, section 5.5).
pub fn field_value(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn check_field(name: &str, value: &str, has_authorization: bool) -> Result<(), Failure> {
    if name.starts_with(':') {
        let what = format!(
            "the header {} is a pseudo-header, and those are the host's",
            shown(name)
        );
        return Err(forbidden(what));
    }
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        let what = format!(
            "the header name {} is not a token (RFC 9110, section 5.6.2)",
            shown(name)
        );
        return Err(invalid(what));
    }
    let lower = name.to_ascii_lowercase();
    if is_forbidden(&lower) {
        return Err(forbidden(format!(
            "the header {} is the host's to write; leave it out",
            shown(name)
        )));
    }
    if !value.chars().all(is_value_character) {
        let what = format!(
            "the value of the header {} holds a control character or one above U+00FF",
            shown(name)
        );
        return Err(invalid(what));
    }
    if lower == "accept-encoding" && !field_value(value).eq_ignore_ascii_case("identity") {
        return Err(forbidden(
            "the header accept-encoding is the host's to write; only identity may be asked for",
        ));
    }
    if lower == "authorization" && has_authorization {
        return Err(failure(
            FailureCode::AuthCollision,
            Phase::Validate,
            "an authorization header stands beside auth; leave one of them out",
        ));
    }
    Ok(())
}

/// Gateways hand fields on as variables, where `_` and `-` are one character (CVE-2015-0219).
fn is_forbidden(lower: &str) -> bool {
    let name = lower.replace('_', "-");
    name.starts_with("proxy-") || FORBIDDEN.contains(&name.as_str())
}

fn is_value_character(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{80}'..='\u{ff}')
}

/// What a message shows of a name: the rest may be a value that was put in the wrong place.
fn shown(name: &str) -> String {
    let plain = |byte: &u8| is_token_byte(*byte) || *byte == b':';
    let length = name.bytes().take(65).take_while(plain).count();
    let more = if length < name.len() { "…" } else { "" };
    format!("\"{}{more}\"", &name[..length])
}

fn invalid(what: impl Into<String>) -> Failure {
    failure(FailureCode::InvalidHeader, Phase::Validate, what)
}

fn forbidden(what: impl Into<String>) -> Failure {
    failure(FailureCode::ForbiddenHeader, Phase::Validate, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(fields: &[(&str, &str)], has_authorization: bool) -> Option<FailureCode> {
        let header = |&(name, value): &(&str, &str)| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let headers: Vec<Header> = fields.iter().map(header).collect();
        check(&headers, has_authorization).err().map(|failure| failure.code)
    }

    #[test]
    fn the_hosts_fields_are_the_hosts() {
        for name in [
            "Host",
            "CONTENT-LENGTH",
            "Proxy-Authorization",
            "x_forwarded_host",
            ":path",
            "TE",
            "Forwarded",
        ] {
            assert_eq!(
                code(&[(name, "a")], false),
                Some(FailureCode::ForbiddenHeader),
                "{name}"
            );
        }
        assert_eq!(
            code(&[("accept-encoding", "gzip")], false),
            Some(FailureCode::ForbiddenHeader)
        );
        assert_eq!(code(&[("accept-encoding", " Identity ")], false), None);
    }

    #[test]
    fn names_are_tokens_and_values_are_bytes() {
        for (name, value) in [
            ("", "a"),
            ("a b", "a"),
            ("\u{212a}eep-alive", "a"),
            ("a", "a\r\nb"),
            ("a", "\u{100}"),
        ] {
            assert_eq!(
                code(&[(name, value)], false),
                Some(FailureCode::InvalidHeader),
                "{name}"
            );
        }
        assert_eq!(code(&[("x-a", "\u{e9}\t~")], false), None);
    }

    #[test]
    fn some_fields_stand_once() {
        assert_eq!(
            code(&[("Cookie", "a"), ("cookie", "b")], false),
            Some(FailureCode::InvalidHeader)
        );
        assert_eq!(code(&[("Authorization", "a")], true), Some(FailureCode::AuthCollision));
        assert_eq!(code(&[("Authorization", "a")], false), None);
    }
}
