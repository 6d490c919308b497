//! Runs Backfill hooks in Wasmtime, with `backfill:http/outbound` implemented in Rust.
//!
//! [`outbound::Door`] decides what may leave and sends it; [`runtime::hook::Hook`] runs a hook against it.

mod auth;
pub mod bindings;
pub mod config;
mod failure;
pub mod limits;
pub mod outbound;
pub mod policy;
pub mod runtime;
pub mod transport;
