//! The header section of a response (RFC 9112), read strictly.

use std::time::Duration;

use super::decode::Coding;
use super::wire::Wire;
use crate::bindings::types::{Failure, FailureCode, Header};
use crate::limits::{Limits, header_cost};
use crate::policy::headers::is_token_byte;

/// How the end of a body is told (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none, whatever is declared.
    None,
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Where the connection ends.
    UntilEnd,
}

/// The head of a final response.
#[derive(Debug)]
pub struct Head {
    /// 200 to 999.
    pub status: u16,
    /// Without content-encoding and content-length where the body is decoded.
    pub headers: Vec<Header>,
    /// Of the body.
    pub framing: Framing,
    /// Of the body.
    pub coding: Coding,
    /// Whether the server keeps the connection open.
    pub keeps_open: bool,
    /// For how long, where it says so.
    pub keeps_for: Option<Duration>,
}

/// Reads heads up to the final one's end.
pub fn read(wire: &mut Wire<'_>, limits: &Limits) -> Result<Head, Failure> {
    let mut informational = 0;
    loop {
        let (version, status) = status_line(&wire.line(limits.wire_bytes())?).ok_or_else(|| wire.malformed())?;
        let fields = fields(wire, limits)?;
        let fault = |what: &str| wire.call.fail(FailureCode::ProtocolError, what);
        match status {
            0..100 => return Err(fault("sent a status code below 100")),
            100 => return Err(fault("sent 100 Continue, which was not asked for")),
            101 => return Err(fault("switched protocols (101), which was not asked for")),
            102..200 => {
                informational += 1;
                if informational > limits.informational_responses {
                    let what = format!(
                        "sent more than {} informational responses",
                        limits.informational_responses
                    );
                    return Err(wire.call.fail(FailureCode::TooLarge, what));
                }
            }
            _ => return interpret(version, status, fields).map_err(fault),
        }
    }
}

/// Field lines up to the empty line that ends them: of a head, or of trailers.
pub fn fields(wire: &mut Wire<'_>, limits: &Limits) -> Result<Vec<Header>, Failure> {
    let mut fields = Vec::new();
    let mut cost = 0;
    loop {
        let line = wire.line(limits.header_bytes)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let field = field_line(&line).ok_or_else(|| wire.malformed())?;
        cost += header_cost(field.name.len(), field.value.chars().count());
        fields.push(field);
        if fields.len() > limits.header_count {
            let what = format!("sent more than {} header fields", limits.header_count);
            return Err(wire.call.fail(FailureCode::TooLarge, what));
        }
        if cost > limits.header_bytes {
            let what = format!("sent a header section over {} bytes", limits.header_bytes);
            return Err(wire.call.fail(FailureCode::TooLarge, what));
        }
    }
}

/// The minor version and the status code.
fn status_line(line: &[u8]) -> Option<(u8, u16)> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let (version, rest) = rest.split_first()?;
    let (code, reason) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
    let well_formed = matches!(version, b'0' | b'1')
        && code.iter().all(u8::is_ascii_digit)
        && (reason.is_empty() || reason[0] == b' ')
        && reason.iter().all(|&byte| is_text(byte));
    let number = code
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    well_formed.then_some((version - b'0', number))
}

/// A line that is folded has no name before its colon, and is refused with the others.
fn field_line(line: &[u8]) -> Option<Header> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().all(|&byte| is_token_byte(byte)) || !value.iter().all(|&byte| is_text(byte)) {
        return None;
    }
    let latin1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
    Some(Header {
        name: latin1(name).to_ascii_lowercase(),
        value: latin1(value).trim_matches([' ', '\t']).to_owned(),
    })
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

fn interpret(version: u8, status: u16, mut headers: Vec<Header>) -> Result<Head, &'static str> {
    let values = |name: &str| -> Vec<&str> {
        let named = headers.iter().filter(|field| field.name == name);
        named.map(|field| field.value.as_str()).collect()
    };
    let length = match values("content-length")[..] {
        [] => None,
        [text] if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(text.parse().map_err(|_| "declared a length that is none")?)
        }
        _ => return Err("declared a length that is none, or two"),
    };
    let chunked = match values("transfer-encoding")[..] {
        [] => false,
        [coding] if coding.eq_ignore_ascii_case("chunked") && version == 1 && length.is_none() => true,
        _ => return Err("used a transfer coding other than chunked, or declared a length beside it"),
    };
    let declared = match length {
        _ if chunked => Framing::Chunked,
        Some(bytes) => Framing::Length(bytes),
        None => Framing::UntilEnd,
    };
    let framing = if matches!(status, 204 | 304) {
        Framing::None
    } else {
        declared
    };
    let coding = Coding::parse(&values("content-encoding").join(", "))
        .ok_or("used a content coding this host does not decode; it decodes one of gzip, deflate and br")?;
    let connection = values("connection").join(",").to_ascii_lowercase();
    let closes = connection.split(',').any(|option| option.trim() == "close");
    let keeps_for = values("keep-alive").iter().find_map(|value| keep_alive_timeout(value));
    if coding != Coding::Identity {
        headers.retain(|field| !matches!(field.name.as_str(), "content-encoding" | "content-length"));
    }
    Ok(Head {
        status,
        headers,
        framing,
        coding,
        keeps_open: version == 1 && !closes && framing != Framing::UntilEnd,
        keeps_for,
    })
}

/// A second less than the server says, so that it does not close the connection under a call.
fn keep_alive_timeout(value: &str) -> Option<Duration> {
    let seconds = value.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    Some(Duration::from_secs(seconds.parse::<u64>().ok()?.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, lines: &[&str]) -> Result<Head, &'static str> {
        let fields = lines.iter().map(|line| field_line(line.as_bytes()).unwrap()).collect();
        interpret(1, status, fields)
    }

    #[test]
    fn a_status_line_has_one_form() {
        assert_eq!(status_line(b"HTTP/1.1 200 OK"), Some((1, 200)));
        assert_eq!(status_line(b"HTTP/1.0 404"), Some((0, 404)));
        for line in [
            "HTTP/2 200",
            "HTTP/1.1  200",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "http/1.1 200 OK",
            "HTTP/1.1 200\x01",
        ] {
            assert_eq!(status_line(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_field_line_has_one_form() {
        let field = field_line(b"X-A:\t b\xe9 ").unwrap();
        assert_eq!((field.name.as_str(), field.value.as_str()), ("x-a", "b\u{e9}"));
        for line in [" folded: a", "a : b", ": b", "a", "a: b\0", "a: b\x7f"] {
            assert!(field_line(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn a_body_has_one_length() {
        assert_eq!(head(200, &["content-length: 3"]).unwrap().framing, Framing::Length(3));
        assert_eq!(
            head(200, &["transfer-encoding: Chunked"]).unwrap().framing,
            Framing::Chunked
        );
        assert_eq!(head(200, &[]).unwrap().framing, Framing::UntilEnd);
        assert_eq!(head(304, &["content-length: 3"]).unwrap().framing, Framing::None);
        for lines in [
            &["content-length: 3", "content-length: 3"][..],
            &["content-length: +3"],
            &["content-length: 3, 3"],
            &["content-length: 99999999999999999999"],
            &["transfer-encoding: gzip, chunked"],
            &["transfer-encoding: chunked", "transfer-encoding: chunked"],
            &["content-length: 3", "transfer-encoding: chunked"],
            &["content-encoding: gzip, br"],
        ] {
            assert!(head(200, lines).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn a_connection_is_kept_where_both_sides_keep_it() {
        assert!(head(200, &["content-length: 0"]).unwrap().keeps_open);
        assert!(
            !head(200, &["content-length: 0", "connection: Close"])
                .unwrap()
                .keeps_open
        );
        let timed = head(200, &["content-length: 0", "keep-alive: max=5, timeout=5"]).unwrap();
        assert_eq!(timed.keeps_for, Some(Duration::from_secs(4)));
    }
}
