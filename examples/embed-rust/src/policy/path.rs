//! Paths that two programs could read as two, and the escapes of those that pass.

use std::borrow::Cow;

/// How often a segment may change under percent-decoding before it is refused.
const MAX_ROUNDS: u32 = 4;

/// Why a path could be read as another one. Servers decode more than once, take `\` for `/` and drop `;parameters`
/// before they resolve dot segments, so every segment is looked at as those servers would see it.
pub fn fault(path: &str) -> Option<&'static str> {
    if path.contains("//") {
        return Some("the path holds an empty segment (//)");
    }
    if has_malformed_escape(path.as_bytes()) {
        return Some("the path holds a % that two hexadecimal digits do not follow; write %25 for a percent sign");
    }
    path.split('/').find_map(segment_fault)
}

fn segment_fault(segment: &str) -> Option<&'static str> {
    let mut text = Cow::Borrowed(segment.as_bytes());
    let mut rounds = 0;
    while let Some(decoded) = decode(&text) {
        if rounds == MAX_ROUNDS {
            return Some("the path is percent-encoded more than four times over");
        }
        rounds += 1;
        text = Cow::Owned(decoded);
        if text.contains(&b'\\') {
            return Some("the path holds an encoded backslash (%5C)");
        }
        if holds_control(&text) {
            return Some("the path holds an encoded control character");
        }
        if holds_overlong(&text) {
            return Some("the path holds overlong UTF-8 or half of a surrogate pair under its escapes");
        }
    }
    let is_dots = |piece: &[u8]| {
        let name = piece.split(|&byte| byte == b';').next();
        matches!(name, Some(b"." | b".."))
    };
    text.split(|&byte| byte == b'/')
        .any(is_dots)
        .then_some("the path holds a . or .. segment under its escapes or before a ;")
}

/// Whether a segment without a [`fault`], decoded as often as it changes, holds a slash.
pub fn holds_slash(segment: &str) -> bool {
    let mut text = Cow::Borrowed(segment.as_bytes());
    while let Some(decoded) = decode(&text) {
        text = Cow::Owned(decoded);
    }
    text.contains(&b'/')
}

/// The path with its escapes in the form of RFC 3986, section 6.2.2: upper-case digits, unreserved characters bare.
pub fn normalise_escapes(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut normal = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        match escape_at(bytes, at) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                normal.push(byte.into());
                at += 3;
            }
            Some(byte) => {
                push_escape(byte, &mut normal);
                at += 3;
            }
            None => {
                normal.push(bytes[at].into());
                at += 1;
            }
        }
    }
    normal
}

/// Appends a byte as `%XX`.
pub fn push_escape(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(DIGITS[usize::from(byte >> 4)].into());
    out.push(DIGITS[usize::from(byte & 0xf)].into());
}

fn has_malformed_escape(path: &[u8]) -> bool {
    (0..path.len()).any(|at| path[at] == b'%' && escape_at(path, at).is_none())
}

fn escape_at(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low, ..] = bytes[at..] else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// One round of percent-decoding; `None` where there is nothing to decode.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let escaped = escape_at(text, at);
        decoded.push(escaped.unwrap_or(text[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    (decoded.len() < text.len()).then_some(decoded)
}

/// C0 and DEL, and C1 as UTF-8 writes them.
fn holds_control(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_control)
        || text
            .windows(2)
            .any(|pair| pair[0] == 0xc2 && (0x80..=0x9f).contains(&pair[1]))
}

/// What stands nowhere in UTF-8 (RFC 3629, section 4). Other bytes may: a path can be in any encoding.
fn holds_overlong(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, 0xc0 | 0xc1))
        || text.windows(2).any(|pair| {
            matches!(
                pair,
                [0xe0, 0x80..=0x9f] | [0xf0, 0x80..=0x8f] | [0xf8..=0xff, 0x80..=0xbf] | [0xed, 0xa0..=0xbf]
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_read_as_every_server_would_read_it() {
        for path in [
            "/a/%2e%2e/b",
            "/%252e%252e/",
            "/..;x/",
            "/a%2f..",
            "/a%5cb",
            "/%00",
            "/%c0%ae",
            "/%",
            "/%zz",
            "/a//b",
            "/%C2%85",
            "/%2525252541",
        ] {
            assert!(fault(path).is_some(), "{path}");
        }
        for path in [
            "/",
            "/a/",
            "/group%2Fproject",
            "/...",
            "/a;b",
            "/%E9",
            "/%C3%A9",
            "/%2F%2F",
        ] {
            assert_eq!(fault(path), None, "{path}");
        }
    }

    #[test]
    fn escapes_have_one_form() {
        assert_eq!(normalise_escapes("/%7ea/%2f%41"), "/~a/%2FA");
    }
}
