//! What hooks are linked with.

use std::sync::Arc;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{AsContextMut, Result, StoreContextMut};

use super::event::Event;
use super::wasi;
use crate::bindings::hook::{LinkedHook, LinkedHookPre};
use crate::bindings::http::exports::backfill::http::client::{RequestBody, RequestOptions, Response};
use crate::bindings::http::{Http, HttpPre};
use crate::bindings::types::{Failure, Method};

/// A hook with everything that it may import. Only with an Http component is `client` among it. What is imported and not
/// offered ends the hook when it is called.
pub fn hook(
    engine: &wasmtime::Engine,
    component: &Component,
    client: Option<&Component>,
) -> Result<LinkedHookPre<Event>> {
    let mut linker = Linker::new(engine);
    LinkedHook::add_to_linker::<_, HasSelf<Event>>(&mut linker, |event| event)?;
    if let Some(client) = client {
        add_client(&mut linker, &http(engine, client)?)?;
    }
    wasi::add(&mut linker, component)?;
    linker.define_unknown_imports_as_traps(component)?;
    LinkedHookPre::new(linker.instantiate_pre(component)?)
}

/// The Http component with its import.
pub fn http(engine: &wasmtime::Engine, component: &Component) -> Result<HttpPre<Event>> {
    let mut linker = Linker::new(engine);
    Http::add_to_linker::<_, HasSelf<Event>>(&mut linker, |event| event)?;
    HttpPre::new(linker.instantiate_pre(component)?)
}

fn add_client(linker: &mut Linker<Event>, http: &HttpPre<Event>) -> Result<()> {
    let mut client = linker.instance("backfill:http/client@0.1.0")?;
    for (name, method) in [("get", Method::Get), ("delete", Method::Delete)] {
        let http = http.clone();
        client.func_wrap(
            name,
            move |store: StoreContextMut<'_, Event>, (url, options): (String, RequestOptions)| {
                Ok((call(store, &http, method, &url, None, &options)?,))
            },
        )?;
    }
    for (name, method) in [("post", Method::Post), ("put", Method::Put), ("patch", Method::Patch)] {
        let http = http.clone();
        client.func_wrap(
            name,
            move |store: StoreContextMut<'_, Event>,
                  (url, body, options): (String, Option<RequestBody>, RequestOptions)| {
                Ok((call(store, &http, method, &url, body.as_ref(), &options)?,))
            },
        )?;
    }
    Ok(())
}

/// Makes one call with the Http component, of which an event has one instance.
pub fn call(
    mut store: impl AsContextMut<Data = Event>,
    http: &HttpPre<Event>,
    method: Method,
    url: &str,
    body: Option<&RequestBody>,
    options: &RequestOptions,
) -> Result<Result<Response, Failure>> {
    let made = store.as_context_mut().data().http.clone();
    let http = match made {
        Some(http) => http,
        None => Arc::new(http.instantiate(&mut store)?),
    };
    store.as_context_mut().data_mut().http = Some(http.clone());
    let client = http.backfill_http_client();
    match method {
        Method::Get => client.call_get(store, url, options),
        Method::Post => client.call_post(store, url, body, options),
        Method::Put => client.call_put(store, url, body, options),
        Method::Patch => client.call_patch(store, url, body, options),
        Method::Delete => client.call_delete(store, url, options),
    }
}
