//! What may leave. Pure: nothing here does I/O.

pub mod address;
pub mod allowlist;
mod entry;
pub mod headers;
mod host;
mod path;
pub mod url;

/// Why a spelling is refused, and the corrected one where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For people.
    pub reason: String,
    /// Itself not yet read: it may be refused for another reason.
    pub suggestion: Option<String>,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            suggestion: None,
        }
    }

    fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
        self
    }
}
