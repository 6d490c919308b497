//! The compiled `permissions.http` of one hook. An empty list allows nothing.

use std::collections::HashSet;
use std::fmt;

use super::entry::{self, Entry};
use super::url::{CanonicalUrl, canonicalise};
use super::{Refusal, host, path};
use crate::bindings::types::FailureCode;

/// Why the configuration cannot be used, and where.
#[derive(Debug)]
pub struct ConfigError {
    /// As `permissions.http[0]`.
    pub path: String,
    /// For the operator.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Why a URL may not leave.
#[derive(Debug)]
pub struct Denial {
    /// `invalid-url` or `not-allowed`.
    pub code: FailureCode,
    /// What is wrong, and the line that would mend it. Holds no query and no userinfo.
    pub message: String,
    /// What was matched, where the URL has such a form.
    pub canonical: Option<String>,
}

/// The entries of one hook.
#[derive(Debug, Default)]
pub struct Allowlist {
    entries: Vec<Entry>,
    internal: HashSet<String>,
}

impl Allowlist {
    /// Compiles a list of entries; `internal` names the hosts they may name although those are not public names.
    ///
    /// # Errors
    ///
    /// At the first entry or internal host that is refused, with its corrected line where there is one.
    pub fn compile(entries: &[String], internal: &[String]) -> Result<Self, ConfigError> {
        let internal = internal
            .iter()
            .enumerate()
            .map(|(i, text)| host::canonical(text).map_err(|refusal| config_error("internalHosts", i, refusal)))
            .collect::<Result<_, _>>()?;
        let entries = entries
            .iter()
            .enumerate()
            .map(|(i, text)| {
                Entry::parse(text, &internal).map_err(|refusal| config_error("permissions.http", i, refusal))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries, internal })
    }

    /// Rules whether a request to this URL may leave. Looks nothing up.
    ///
    /// # Errors
    ///
    /// Where it may not.
    pub fn check(&self, url: &str) -> Result<CanonicalUrl, Denial> {
        let url = canonicalise(url).map_err(|refusal| Denial {
            code: FailureCode::InvalidUrl,
            message: refusal_message(refusal),
            canonical: None,
        })?;
        let allowed = |entry: &Entry| entry.url.authority == url.authority && entry.matches(url.path());
        if self.entries.iter().any(allowed) {
            return Ok(url);
        }
        Err(Denial {
            code: FailureCode::NotAllowed,
            message: self.denial(&url),
            canonical: Some(url.href()),
        })
    }

    /// Whether a host may have addresses that are not public.
    pub fn is_internal(&self, hostname: &str) -> bool {
        self.internal.contains(hostname)
    }

    fn denial(&self, url: &CanonicalUrl) -> String {
        let why = match self.nearest(url) {
            None => "permissions.http is empty, so nothing may leave".to_owned(),
            Some(entry) => format!("{}; the nearest entry is {}", mismatch(url, entry), entry.url.href()),
        };
        let remedy = match self.line_for(url) {
            Some(line) => format!("To allow it, add {line:?} to permissions.http."),
            None => format!("It cannot be added: {}.", entry::INTERNAL_NAME),
        };
        format!("The URL may not leave: {why}. {remedy}")
    }

    fn nearest(&self, url: &CanonicalUrl) -> Option<&Entry> {
        let likeness = |entry: &&Entry| {
            let same_port = entry.url.authority == url.authority;
            let same_host = entry.url.hostname == url.hostname;
            let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            let path = if same_port {
                shared(entry.url.path(), url.path())
            } else {
                0
            };
            (same_port, same_host, path, shared(&entry.url.hostname, &url.hostname))
        };
        self.entries.iter().rev().max_by_key(likeness)
    }

    /// The entry that allows this URL and as little else as an entry can.
    fn line_for(&self, url: &CanonicalUrl) -> Option<String> {
        let mut literal = Vec::new();
        for segment in url.path()[1..].split('/') {
            if segment.contains('*') || path::normalise_escapes(segment) != segment {
                literal.push("*");
                break;
            }
            literal.push(segment);
        }
        let line = format!("{}/{}", url.origin(), literal.join("/"));
        Entry::parse(&line, &self.internal).is_ok().then_some(line)
    }
}

fn mismatch(url: &CanonicalUrl, entry: &Entry) -> String {
    if entry.url.hostname != url.hostname {
        format!("no entry names the host {}", url.hostname)
    } else if entry.url.port != url.port {
        format!("the port {} is not the entry's {}", url.port, entry.url.port)
    } else if entry.matches(&path::normalise_escapes(url.path())) {
        "the path spells its escapes in another way than the entry, and they are compared byte for byte".to_owned()
    } else if url.path().split('/').any(path::holds_slash) && entry.url.path().contains("/*/") {
        "a * before the last segment never stands for a segment that holds %2F".to_owned()
    } else if entry.bare {
        "an entry without a path allows exactly /".to_owned()
    } else {
        format!("no entry matches the path {:.200}", url.path())
    }
}

fn refusal_message(refusal: Refusal) -> String {
    match refusal.suggestion {
        Some(line) => format!("The URL may not leave: {}. Write {line} in its place.", refusal.reason),
        None => format!("The URL may not leave: {}.", refusal.reason),
    }
}

fn config_error(list: &str, index: usize, refusal: Refusal) -> ConfigError {
    let message = match refusal.suggestion {
        Some(line) => format!("{}; write {line:?}", refusal.reason),
        None => refusal.reason,
    };
    ConfigError {
        path: format!("{list}[{index}]"),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Allowlist {
        let entries: Vec<String> = entries.iter().map(|&text| text.to_owned()).collect();
        Allowlist::compile(&entries, &[]).unwrap()
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        let denial = list(&[]).check("https://api.example.com/").unwrap_err();
        assert_eq!(denial.code, FailureCode::NotAllowed);
    }

    #[test]
    fn a_denial_names_the_line_that_would_allow_it() {
        let list = list(&["https://api.example.com/v1/*"]);
        let denial = list.check("https://api.example.com/v2/a?secret").unwrap_err();
        assert!(denial.message.contains("\"https://api.example.com/v2/a\""));
        assert!(denial.message.contains("https://api.example.com/v1/*"));
        assert!(!denial.message.contains("secret"));
        assert!(list.check("https://api.example.com:8443/v1/a").is_err());
        assert!(list.check("https://api.example.com/v1/a").is_ok());
    }

    #[test]
    fn a_refused_entry_is_told_with_its_place() {
        let entries = ["https://a.example/".to_owned(), "https://10.0.0.1/".to_owned()];
        assert_eq!(
            Allowlist::compile(&entries, &[]).unwrap_err().path,
            "permissions.http[1]"
        );
        assert_eq!(
            Allowlist::compile(&[], &["1.2.3.4".to_owned()]).unwrap_err().path,
            "internalHosts[0]"
        );
    }
}
