//! What `wasmtime` generates from the contract in `wit/`.

/// World `linked-hook`: a hook that carries its own client.
#[allow(missing_docs, reason = "wit/ documents it")]
pub mod hook {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "linked-hook",
        imports: { default: trappable },
        additional_derives: [PartialEq],
    });
}

/// World `http`: the client alone.
#[allow(missing_docs, reason = "wit/ documents it")]
pub mod http {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "http",
        imports: { default: trappable },
        with: {
            "backfill:http/types@0.1.0": super::hook::backfill::http::types,
            "backfill:http/outbound@0.1.0": super::hook::backfill::http::outbound,
        },
    });
}

pub use hook::backfill::http::{clock, log, outbound, random, secrets, types};
