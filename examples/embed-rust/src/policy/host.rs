//! The one form of a host: lower case, A-labels.

use std::borrow::Cow;

use idna::AsciiDenyList;

use super::Refusal;

const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;
const A_LABEL: &str = "xn--";
const INTERNAL: [&str; 7] = ["localhost", "local", "internal", "home.arpa", "onion", "invalid", "alt"];
const IP_LITERAL: &str = "an IP address cannot stand for a host; use the host's name";
const INVALID_NAME: &str = "the host is not a valid internationalised name";
const READ_AS_OTHERS: &str = "the host holds characters that are read as others or as none";

/// `Default_Ignorable_Code_Point` of Unicode: what the IDNA mapping drops, or keeps where nobody can see it.
const IGNORABLE: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Reads a host. Refuses whatever two programs could read as two hosts; the suggestion is a host.
pub fn canonical(text: &str) -> Result<String, Refusal> {
    let host = text.to_ascii_lowercase();
    if host.is_empty() {
        return Err(Refusal::new("the host is missing"));
    }
    if host.contains('*') {
        let named = host.trim_start_matches("*.");
        let refusal = Refusal::new("a host cannot hold a wildcard; name each host in an entry of its own");
        return Err(if named.contains('*') {
            refusal
        } else {
            refusal.suggest(named)
        });
    }
    if host.contains('%') {
        return Err(Refusal::new("a host cannot hold a percent escape"));
    }
    if host.starts_with('[') {
        return Err(Refusal::new(IP_LITERAL));
    }
    if host.chars().any(|c| c.is_ascii() && !is_plain(c)) {
        return Err(Refusal::new(
            "a host can hold letters, digits, hyphens, underscores and dots only",
        ));
    }
    if host.is_ascii() && !host.contains(A_LABEL) {
        return checked(host);
    }
    checked(international(&host)?)
}

/// Whether a canonical host is one that only the operator's `internalHosts` can open.
pub fn is_internal(host: &str) -> bool {
    !host.contains('.')
        || INTERNAL.iter().any(|suffix| {
            host.strip_suffix(suffix)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

fn checked(host: String) -> Result<String, Refusal> {
    if let Some(rest) = host.strip_suffix('.') {
        return Err(Refusal::new("a host cannot end in a dot").suggest(rest));
    }
    if host.split('.').any(str::is_empty) {
        return Err(Refusal::new("a host cannot hold an empty label"));
    }
    if host.rsplit('.').next().is_some_and(is_number) {
        return Err(Refusal::new(IP_LITERAL));
    }
    if host.len() > MAX_HOST {
        return Err(Refusal::new("a host can be 253 bytes long at the most"));
    }
    if host.split('.').any(|label| label.len() > MAX_LABEL) {
        return Err(Refusal::new("a label of a host can be 63 bytes long at the most"));
    }
    Ok(host)
}

/// What makes a URL parser read a host as IPv4 (WHATWG URL, "ends in a number").
fn is_number(label: &str) -> bool {
    let hexadecimal = label
        .strip_prefix("0x")
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    hexadecimal || (!label.is_empty() && label.chars().all(|c| c.is_ascii_digit()))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_')
}

/// The A-label form of a host that the IDNA mapping (UTS 46) does not change but by punycode.
fn international(host: &str) -> Result<String, Refusal> {
    if host.chars().count() > MAX_HOST {
        return Err(Refusal::new(INVALID_NAME));
    }
    let unicode = to_unicode(host).ok_or_else(|| Refusal::new(INVALID_NAME))?;
    let ascii = to_ascii(&unicode).ok_or_else(|| Refusal::new(INVALID_NAME))?;
    let as_spelt = host
        .split('.')
        .zip(ascii.split('.'))
        .all(|(spelt, label)| !spelt.starts_with(A_LABEL) || spelt == label);
    let visible: String = unicode.chars().filter(|&c| !is_ignorable(c)).collect();
    if !as_spelt || visible != unicode || to_unicode(&ascii).as_deref() != Some(&unicode) {
        let refusal = Refusal::new(READ_AS_OTHERS);
        return Err(match to_ascii(&visible) {
            Some(suggestion) => refusal.suggest(suggestion),
            None => refusal,
        });
    }
    Ok(ascii)
}

fn to_unicode(host: &str) -> Option<String> {
    let labels: Option<Vec<Cow<'_, str>>> = host
        .split('.')
        .map(|label| match label.strip_prefix(A_LABEL) {
            Some(encoded) => idna::punycode::decode_to_string(encoded).map(Cow::Owned),
            None => Some(Cow::Borrowed(label)),
        })
        .collect();
    Some(labels?.join("."))
}

fn to_ascii(host: &str) -> Option<String> {
    idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::URL)
        .ok()
        .map(Cow::into_owned)
}

fn is_ignorable(c: char) -> bool {
    IGNORABLE.iter().any(|&(first, last)| (first..=last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_form() {
        assert_eq!(canonical("API.Example.com").unwrap(), "api.example.com");
        assert_eq!(canonical("bücher.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(canonical("a_b.example.com").unwrap(), "a_b.example.com");
    }

    #[test]
    fn what_two_programs_read_as_two_hosts_is_refused() {
        for host in [
            "",
            "1.2.3.4",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "example.com.",
            "a..b",
            "*.example.com",
            "ex%61mple.com",
            "ａpi.example.com",
            "\u{212a}.example.com",
            "a\u{ad}b.example.com",
            "a\u{200d}b.example.com",
            "straße\u{301}.xn--a",
            "BÜCHER.example",
        ] {
            assert!(canonical(host).is_err(), "{host}");
        }
    }

    #[test]
    fn names_of_inner_networks_are_told_apart() {
        for host in ["localhost", "db", "a.local", "vault.internal", "x.home.arpa"] {
            assert!(is_internal(host), "{host}");
        }
        assert!(!is_internal("notlocal.com") && !is_internal("a.mylocal"));
    }
}
