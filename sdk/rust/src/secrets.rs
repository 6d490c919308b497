//! Named secrets of the platform.

/// The value, an opaque text for a sealed secret, or none where none is declared.
pub fn get(name: &str) -> Option<String> {
    crate::bindings::backfill::http::secrets::get(name)
}
