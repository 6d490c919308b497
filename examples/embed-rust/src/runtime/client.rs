//! The Http component by itself: `client` over this host's `outbound`.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Component;

use super::engine::Engine;
use super::event::{Event, Shared};
use super::link;
use crate::bindings::http::HttpPre;
use crate::bindings::http::exports::backfill::http::client::{RequestBody, RequestOptions, Response};
use crate::bindings::types::{Failure, Method};
use crate::outbound::Door;

/// Calls as hooks make them, from the host itself.
pub struct Client {
    engine: Engine,
    component: HttpPre<Event>,
    shared: Arc<Shared>,
}

impl Client {
    /// Links a component of world `http`.
    ///
    /// # Errors
    ///
    /// Where it is not of that world.
    pub fn new(engine: &Engine, component: &Component, door: Door) -> Result<Self> {
        Ok(Self {
            engine: engine.clone(),
            component: link::http(engine.wasmtime(), component)?,
            shared: Arc::new(Shared {
                door,
                secrets: HashMap::new(),
                log: Box::new(|_| {}),
            }),
        })
    }

    /// Makes one call in an instance of its own; GET and DELETE take their body in the options.
    ///
    /// # Errors
    ///
    /// Where the instance was ended; a call without a response is the inner failure.
    pub fn call(
        &self,
        method: Method,
        url: &str,
        body: Option<&RequestBody>,
        options: &RequestOptions,
    ) -> Result<Result<Response, Failure>> {
        let store = Event::store(&self.engine, &self.shared);
        link::call(store, &self.component, method, url, body, options)
    }
}
