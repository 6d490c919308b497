//! The one canonicaliser of URLs, for requests and entries: the bytes that are matched are the bytes that are sent.

use super::{Refusal, host, path};

/// Bytes a URL may be long, both as it is spelt and in its canonical form.
pub const MAX_BYTES: usize = 8192;

const SCHEME: &str = "https://";
const TOO_LONG: &str = "the URL is longer than 8192 bytes";

/// A URL in the form that is matched and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalUrl {
    /// Lower case, A-labels; also the TLS server name.
    pub hostname: String,
    /// 443 unless the URL names another.
    pub port: u16,
    /// The Host field: the host, and the port where it is not 443.
    pub authority: String,
    /// Path and query.
    pub target: String,
    path_length: usize,
}

impl CanonicalUrl {
    /// `https://` and the authority.
    pub fn origin(&self) -> String {
        format!("{SCHEME}{}", self.authority)
    }

    /// The path alone, which is what entries match.
    pub fn path(&self) -> &str {
        &self.target[..self.path_length]
    }

    /// The whole of it, without a fragment.
    pub fn href(&self) -> String {
        format!("{SCHEME}{}{}", self.authority, self.target)
    }
}

/// Reads a URL. The path is written as the WHATWG URL parser writes it, and neither decoded nor re-cased otherwise, so
/// that signed URLs survive.
pub fn canonicalise(raw: &str) -> Result<CanonicalUrl, Refusal> {
    check_spelling(raw)?;
    let after = &raw[SCHEME.len()..];
    let (authority, rest) = cut(after, &['/', '?', '#']);
    if let Some((_, host)) = authority.rsplit_once('@') {
        return Err(
            Refusal::new("the URL holds userinfo (what stands before an @); credentials go into auth")
                .suggest(format!("{SCHEME}{host}{}", before_query(rest))),
        );
    }
    let (spelt, port) = cut(authority, &[':']);
    let hostname = host::canonical(spelt).map_err(|refusal| Refusal {
        suggestion: refusal
            .suggestion
            .map(|host| format!("{SCHEME}{host}{port}{}", before_query(rest))),
        ..refusal
    })?;
    let port = read_port(port).ok_or_else(|| {
        let digits = port[1..].trim_start_matches('0');
        let colon = if digits.is_empty() { "" } else { ":" };
        Refusal::new("the port is not a number from 1 to 65535 without leading zeros")
            .suggest(format!("{SCHEME}{hostname}{colon}{digits}{}", before_query(rest)))
    })?;
    let authority = match port {
        443 => hostname.clone(),
        _ => format!("{hostname}:{port}"),
    };

    let (sent, _fragment) = cut(rest, &['#']);
    let (spelt, query) = cut(sent, &['?']);
    let mut target = write_path(spelt);
    let path_length = target.len();
    if let Some(reason) = path::fault(&target) {
        return Err(mend_path(reason, &authority, &target));
    }
    encode(query, " \"#<>'", &mut target);
    if SCHEME.len() + authority.len() + target.len() > MAX_BYTES {
        return Err(Refusal::new(TOO_LONG));
    }
    Ok(CanonicalUrl {
        hostname,
        port,
        authority,
        target,
        path_length,
    })
}

/// The text up to its query or fragment, which a message must not hold.
pub fn before_query(text: &str) -> &str {
    cut(text, &['?', '#']).0
}

fn check_spelling(raw: &str) -> Result<(), Refusal> {
    if raw.len() > MAX_BYTES {
        return Err(Refusal::new(TOO_LONG));
    }
    let matched = before_query(raw);
    let is_space = |c: char| c.is_control() || c.is_whitespace() || c == '\u{feff}';
    if raw.contains(is_space) {
        let refusal = Refusal::new("the URL holds white space or a control character; write %20 for a space");
        let mended = matched.trim_matches(is_space).replace(' ', "%20").replace(is_space, "");
        return Err(if mended == matched {
            refusal
        } else {
            refusal.suggest(mended)
        });
    }
    if raw.contains('\\') {
        let refusal =
            Refusal::new("the URL holds a backslash, which some programs read as a slash; in a query write %5C");
        let mended = matched.replace('\\', "/");
        return Err(if mended == matched {
            refusal
        } else {
            refusal.suggest(mended)
        });
    }
    if !raw.starts_with(SCHEME) {
        let rest = match matched.split_once(':') {
            Some((scheme, rest)) if !rest.starts_with(|c: char| c.is_ascii_digit()) && !scheme.contains('/') => rest,
            _ => matched,
        };
        return Err(Refusal::new("the URL does not begin with https://, spelt so")
            .suggest(format!("{SCHEME}{}", rest.trim_start_matches('/'))));
    }
    Ok(())
}

/// The text before the first of the delimiters, and the rest with it.
fn cut<'a>(text: &'a str, delimiters: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(delimiters).unwrap_or(text.len()))
}

fn read_port(text: &str) -> Option<u16> {
    let Some(digits) = text.strip_prefix(':') else {
        return Some(443);
    };
    let canonical = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if canonical { digits.parse().ok() } else { None }
}

/// The path state of the WHATWG URL parser: resolves dot segments, and escapes what must be.
fn write_path(spelt: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = spelt.strip_prefix('/').unwrap_or(spelt).split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match dots(part) {
            Some(count) => {
                if count == 2 {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            None => segments.push(part),
        }
    }
    let mut path = String::with_capacity(spelt.len() + 1);
    for segment in segments {
        path.push('/');
        encode(segment, " \"#<>?^`{}", &mut path);
    }
    path
}

/// How many dots a dot segment has in the eyes of a URL parser.
fn dots(segment: &str) -> Option<usize> {
    match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "." => Some(1),
        ".." => Some(2),
        _ => None,
    }
}

/// Percent-encodes a set of printable characters, control characters and all that is not ASCII.
fn encode(text: &str, set: &str, out: &mut String) {
    for byte in text.bytes() {
        if (0x20..0x7f).contains(&byte) && !set.as_bytes().contains(&byte) {
            out.push(byte.into());
        } else {
            path::push_escape(byte, out);
        }
    }
}

fn mend_path(reason: &str, authority: &str, path: &str) -> Refusal {
    let refusal = Refusal::new(reason);
    if !path.contains("//") {
        return refusal;
    }
    let mut mended = path.to_owned();
    while mended.contains("//") {
        mended = mended.replace("//", "/");
    }
    refusal.suggest(format!("{SCHEME}{authority}{mended}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_matched_is_what_is_sent() {
        for (raw, href) in [
            (
                "https://API.example.com:443/a/../b?q='x#f",
                "https://api.example.com/b?q=%27x",
            ),
            ("https://api.example.com", "https://api.example.com/"),
            ("https://api.example.com?a", "https://api.example.com/?a"),
            (
                "https://api.example.com/é^|%2f?",
                "https://api.example.com/%C3%A9%5E|%2f?",
            ),
            ("https://api.example.com:8443/a/.", "https://api.example.com:8443/a/"),
        ] {
            assert_eq!(canonicalise(raw).unwrap().href(), href);
        }
    }

    #[test]
    fn a_spelling_with_two_readings_is_refused() {
        for raw in [
            "http://api.example.com/",
            "HTTPS://api.example.com/",
            "//api.example.com/",
            "https://u:p@api.example.com/",
            "https://@api.example.com/",
            "https://api.example.com\\@evil.example/",
            "https://api.example.com/?a\\b",
            "https://api.example.com/ a",
            "https://api.example.com:/",
            "https://api.example.com:0443/",
            "https://api.example.com:65536/",
            "https://127.1/",
            "https:///a",
            "https://api.example.com/a//b",
        ] {
            assert!(canonicalise(raw).is_err(), "{raw}");
        }
        let long = format!("https://api.example.com/{}", "a".repeat(MAX_BYTES - 24));
        assert_eq!(long.len(), MAX_BYTES);
        assert!(canonicalise(&long).is_ok());
        assert!(canonicalise(&format!("{long}a")).is_err());
        assert!(canonicalise(&format!("{}é", &long[..MAX_BYTES - 2])).is_err());
    }
}
