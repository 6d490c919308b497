//! One request and its response on one connection.

use std::time::Duration;

use super::call::Call;
use super::connection::Connection;
use super::decode::{Body, Coding, DecodeError, Decoder, Full};
use super::head::{self, Framing, Head};
use super::wire::Wire;
use crate::bindings::types::{Failure, FailureCode, Phase, Response};
use crate::limits::Limits;

/// Sends a request and reads its response, whole. True beside it where the connection can be kept.
///
/// # Errors
///
/// Where there is no response; then the connection is of no use any more.
pub(crate) fn perform(
    connection: &mut Connection,
    request: Vec<u8>,
    call: &mut Call,
    limits: &Limits,
    budget: &mut usize,
) -> Result<(Response, bool), Failure> {
    connection.send(request, call);
    let mut wire = Wire::new(connection, call, limits.wire_bytes());
    let head = head::read(&mut wire, limits)?;
    wire.call.phase = Phase::Body;
    let body = read_body(&mut wire, &head, limits, budget)?;
    let keeps_open = head.keeps_open && wire.is_settled();
    connection.kept_for = head.keeps_for.unwrap_or(Duration::MAX);
    let response = Response {
        status: head.status,
        headers: head.headers,
        body,
    };
    Ok((response, keeps_open))
}

fn read_body(wire: &mut Wire<'_>, head: &Head, limits: &Limits, budget: &mut usize) -> Result<Vec<u8>, Failure> {
    let body = Body::new(limits.response_body_bytes, budget);
    if let (Framing::Length(length), Coding::Identity) = (head.framing, head.coding)
        && let Some(full) = body.passed_by(length)
    {
        return Err(over(wire.call, full, limits));
    }
    let mut decoder = Decoder::new(head.coding, body);
    match head.framing {
        Framing::None => {}
        Framing::Length(length) => read_bytes(wire, length, &mut decoder, head.coding, limits)?,
        Framing::Chunked => {
            loop {
                let length = chunk_size(&wire.line(limits.wire_bytes())?).ok_or_else(|| wire.malformed())?;
                if length == 0 {
                    break;
                }
                read_bytes(wire, length, &mut decoder, head.coding, limits)?;
                if !wire.line(limits.wire_bytes())?.is_empty() {
                    return Err(wire.malformed());
                }
            }
            head::fields(wire, limits)?;
        }
        Framing::UntilEnd => loop {
            let piece = wire.piece(u64::MAX)?;
            if piece.is_empty() {
                break;
            }
            let written = decoder.write(piece);
            written.map_err(|error| undecoded(wire.call, error, head.coding, limits))?;
        },
    }
    decoder
        .finish(head.framing != Framing::UntilEnd)
        .map_err(|error| undecoded(wire.call, error, head.coding, limits))
}

fn read_bytes(
    wire: &mut Wire<'_>,
    length: u64,
    decoder: &mut Decoder<'_>,
    coding: Coding,
    limits: &Limits,
) -> Result<(), Failure> {
    let mut left = length;
    while left > 0 {
        let piece = wire.piece(left)?;
        if piece.is_empty() {
            return Err(wire.cut_short());
        }
        left -= piece.len() as u64;
        let written = decoder.write(piece);
        written.map_err(|error| undecoded(wire.call, error, coding, limits))?;
    }
    Ok(())
}

/// A chunk's size; what stands behind a `;` is an extension, and passed over (RFC 9112, section 7.1.1).
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, extension) = line.split_at(digits);
    let well_formed = extension.is_empty() || extension[0] == b';';
    let printable = extension
        .iter()
        .all(|&byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
    let text = str::from_utf8(size).ok()?;
    u64::from_str_radix(text, 16).ok().filter(|_| well_formed && printable)
}

fn undecoded(call: &mut Call, error: DecodeError, coding: Coding, limits: &Limits) -> Failure {
    if coding != Coding::Identity {
        call.phase = Phase::Decode;
    }
    match error {
        DecodeError::Full(full) => over(call, full, limits),
        DecodeError::Malformed => call.fail(
            FailureCode::ProtocolError,
            "sent a body that its content coding cannot decode",
        ),
    }
}

fn over(call: &Call, full: Full, limits: &Limits) -> Failure {
    match full {
        Full::Body => {
            let what = format!("sent a body over {} bytes, decoded", limits.response_body_bytes);
            call.fail(FailureCode::TooLarge, what)
        }
        Full::Event => {
            let what = format!(
                "sent more than the {} bytes an event may receive",
                limits.response_bytes_per_event
            );
            call.fail(FailureCode::LimitExceeded, what)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_size_has_one_form() {
        assert_eq!(chunk_size(b"1aF"), Some(0x1af));
        assert_eq!(chunk_size(b"0;a=\"b\""), Some(0));
        for line in ["", "g", "+1", "0x1", "1 ", "1\x01", "-1", "10000000000000000"] {
            assert_eq!(chunk_size(line.as_bytes()), None, "{line}");
        }
    }
}
