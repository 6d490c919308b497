//! The Http component by itself: `client` over this host's `outbound`.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::{Component, HasSelf, Linker};

use super::engine::Engine;
use super::event::{Event, Shared};
use crate::bindings::http::exports::backfill::http::client::{RequestBody, RequestOptions, Response};
use crate::bindings::http::{Http, HttpPre};
use crate::bindings::types::{Failure, Method};
use crate::limits::Limits;
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
    pub fn new(engine: &Engine, component: &Component, door: Door, limits: Limits) -> Result<Self> {
        let mut linker = Linker::new(engine.wasmtime());
        Http::add_to_linker::<_, HasSelf<Event>>(&mut linker, |event| event)?;
        Ok(Self {
            engine: engine.clone(),
            component: HttpPre::new(linker.instantiate_pre(component)?)?,
            shared: Arc::new(Shared {
                door,
                secrets: HashMap::new(),
                log: Box::new(|_| {}),
                limits,
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
        let mut store = Event::store(&self.engine, &self.shared);
        let http = self.component.instantiate(&mut store)?;
        let client = http.backfill_http_client();
        match method {
            Method::Get => client.call_get(&mut store, url, options),
            Method::Post => client.call_post(&mut store, url, body, options),
            Method::Put => client.call_put(&mut store, url, body, options),
            Method::Patch => client.call_patch(&mut store, url, body, options),
            Method::Delete => client.call_delete(&mut store, url, options),
        }
    }
}
