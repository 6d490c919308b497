//! Runs components in Wasmtime: a fresh instance for each event, with a budget of memory, of computing and of time.

pub mod client;
pub mod engine;
mod event;
pub mod hook;
mod imports;
mod link;
mod wasi;
