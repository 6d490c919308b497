//! One line of `permissions.http`.

use std::collections::HashSet;

use super::url::{self, CanonicalUrl};
use super::{Refusal, host, path};

/// Why an entry cannot name a host such as `localhost`.
pub const INTERNAL_NAME: &str = "the host is not a public name, and only the operator can open it, in internalHosts";

const WILDCARD: &str = "*";
/// Each correction mends all faults of one kind, and a text has no more kinds at once.
const MAX_CORRECTIONS: usize = 10;

/// An entry, ready to be matched.
#[derive(Debug)]
pub struct Entry {
    /// In canonical form.
    pub url: CanonicalUrl,
    /// Whether the list spells no path at all, so that it allows exactly `/`.
    pub bare: bool,
    segments: Vec<String>,
}

impl Entry {
    /// Reads an entry. A refusal's suggestion is a valid entry.
    pub fn parse(text: &str, internal: &HashSet<String>) -> Result<Self, Refusal> {
        read(text, internal).map_err(|refusal| {
            let mut suggestion = refusal.suggestion;
            for _ in 0..MAX_CORRECTIONS {
                let Some(line) = &suggestion else { break };
                match read(line, internal) {
                    Ok(_) => break,
                    Err(next) => suggestion = next.suggestion,
                }
            }
            let suggestion = suggestion.filter(|line| read(line, internal).is_ok());
            Refusal { suggestion, ..refusal }
        })
    }

    /// Whether a path matches. As the last segment `*` stands for one segment or more, or for the empty one after the
    /// slash; elsewhere for exactly one that is not empty and holds no encoded slash. Everything else stands for itself,
    /// byte for byte.
    pub fn matches(&self, path: &str) -> bool {
        let mut segments = path[1..].split('/');
        let (last, fixed) = self.segments.split_last().expect("a path has a segment");
        let agree = |entry: &str, segment: &str| match entry {
            WILDCARD => !segment.is_empty() && !path::holds_slash(segment),
            _ => entry == segment,
        };
        let so_far = fixed
            .iter()
            .all(|entry| segments.next().is_some_and(|segment| agree(entry, segment)));
        so_far
            && match segments.next() {
                Some(_) if last == WILDCARD => true,
                Some(segment) => last == segment && segments.next().is_none(),
                None => false,
            }
    }
}

fn read(text: &str, internal: &HashSet<String>) -> Result<Entry, Refusal> {
    let spelt = url::before_query(text);
    let bare_of_query = (spelt != text).then(|| spelt.to_owned());
    let url = url::canonicalise(text).map_err(|refusal| Refusal {
        suggestion: refusal.suggestion.or(bare_of_query.clone()),
        ..refusal
    })?;
    if let Some(line) = bare_of_query {
        return Err(Refusal::new("an entry has no query and no fragment; they are not matched").suggest(line));
    }
    if text.split('/').any(is_dots) {
        return Err(Refusal::new("the path holds a . or .. segment").suggest(url.href()));
    }
    if host::is_internal(&url.hostname) && !internal.contains(&url.hostname) {
        return Err(Refusal::new(INTERNAL_NAME));
    }
    let normal = path::normalise_escapes(url.path());
    if normal != url.path() {
        let reason = "the path's escapes need upper-case digits, and letters, digits, -, ., _ and ~ none";
        return Err(Refusal::new(reason).suggest(url.origin() + &normal));
    }
    let segments: Vec<String> = url.path()[1..].split('/').map(str::to_owned).collect();
    if segments
        .iter()
        .any(|segment| segment.contains(WILDCARD) && segment != WILDCARD)
    {
        return Err(
            Refusal::new("* stands for a whole segment of the path only").suggest(format!(
                "{}/{}",
                url.origin(),
                whole_wildcards(&segments)
            )),
        );
    }
    Ok(Entry {
        bare: !text["https://".len()..].contains('/'),
        segments,
        url,
    })
}

/// What a URL parser resolves, and so takes away before anybody can see it.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// What was meant by a `*` in a segment: `**` is `*`, a final `v1*` is `v1/*`.
fn whole_wildcards(segments: &[String]) -> String {
    let last = segments.len() - 1;
    let mend = |(i, segment): (usize, &String)| {
        let stem = segment.trim_end_matches('*');
        match segment.find('*') {
            None => segment.clone(),
            Some(star) if i == last && star > 0 && star == stem.len() => format!("{stem}/*"),
            Some(_) => WILDCARD.to_owned(),
        }
    };
    segments.iter().enumerate().map(mend).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Result<Entry, Refusal> {
        Entry::parse(text, &HashSet::new())
    }

    #[test]
    fn a_wildcard_is_a_whole_segment() {
        let all = entry("https://api.example.com/v1/*").unwrap();
        for (path, matches) in [
            ("/v1/", true),
            ("/v1/a", true),
            ("/v1/a/b", true),
            ("/v1", false),
            ("/v10", false),
        ] {
            assert_eq!(all.matches(path), matches, "{path}");
        }
        let one = entry("https://api.example.com/*/items").unwrap();
        for (path, matches) in [
            ("/a/items", true),
            ("//items", false),
            ("/a%2Fb/items", false),
            ("/a/b/items", false),
        ] {
            assert_eq!(one.matches(path), matches, "{path}");
        }
        let bare = entry("https://api.example.com").unwrap();
        assert!(bare.bare && bare.matches("/") && !bare.matches("/a"));
    }

    #[test]
    fn a_refused_entry_is_corrected() {
        for (text, corrected) in [
            ("http://api.example.com/*", Some("https://api.example.com/*")),
            (
                "https://api.example.com:0443/v1*?q",
                Some("https://api.example.com/v1/*"),
            ),
            (
                "https://api.example.com/%7euser/**",
                Some("https://api.example.com/~user/*"),
            ),
            ("https://api.example.com/a/../b", Some("https://api.example.com/b")),
            ("https://api.example.com./", Some("https://api.example.com/")),
            ("https://localhost/", None),
            ("https://10.0.0.1/", None),
        ] {
            assert_eq!(entry(text).unwrap_err().suggestion.as_deref(), corrected, "{text}");
        }
    }

    #[test]
    fn the_operator_opens_inner_hosts() {
        let internal = HashSet::from(["vault.internal".to_owned()]);
        assert!(Entry::parse("https://vault.internal/*", &internal).is_ok());
        assert!(Entry::parse("https://other.internal/*", &internal).is_err());
    }
}
