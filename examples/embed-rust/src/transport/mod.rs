//! How a call leaves: addresses, TLS, HTTP/1.1, one deadline over all of it.

pub mod call;
mod connection;
mod decode;
pub mod dial;
mod exchange;
mod head;
pub mod pool;
pub mod request;
pub mod resolve;
mod wire;

pub(crate) use exchange::perform;
