//! Randomness that nobody can predict.

/// This many bytes. More than 65536 end the event.
pub fn bytes(length: u32) -> Vec<u8> {
    crate::bindings::backfill::http::random::bytes(length)
}

/// One of version 4, as an idempotency key wants it.
pub fn uuid() -> String {
    let mut id = bytes(16);
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
