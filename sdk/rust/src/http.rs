//! Calls to services outside. Each must match an entry of `permissions.http`.
//!
//! Every function waits for the whole response. A 4xx or 5xx is a response; a call without one gives an [`HttpError`].
//! Nothing is retried and no redirect is followed.

use crate::bindings::backfill::http::client;
use crate::bindings::backfill::http::types::Failure;
use crate::{Body, HttpError, Options, Response};

type Answer = Result<client::Response, Failure>;

/// Sends a GET request.
pub fn get(url: &str, options: &Options) -> Result<Response, HttpError> {
    answer("get", url, client::get(url, &options.to_request()))
}

/// Sends a POST request.
pub fn post(url: &str, body: impl Into<Body>, options: &Options) -> Result<Response, HttpError> {
    let body = body.into().into_request();
    answer("post", url, client::post(url, body.as_ref(), &options.to_request()))
}

/// Sends a PUT request.
pub fn put(url: &str, body: impl Into<Body>, options: &Options) -> Result<Response, HttpError> {
    let body = body.into().into_request();
    answer("put", url, client::put(url, body.as_ref(), &options.to_request()))
}

/// Sends a PATCH request.
pub fn patch(url: &str, body: impl Into<Body>, options: &Options) -> Result<Response, HttpError> {
    let body = body.into().into_request();
    answer("patch", url, client::patch(url, body.as_ref(), &options.to_request()))
}

/// Sends a DELETE request.
pub fn delete(url: &str, options: &Options) -> Result<Response, HttpError> {
    answer("delete", url, client::delete(url, &options.to_request()))
}

fn answer(method: &str, url: &str, answer: Answer) -> Result<Response, HttpError> {
    answer.map(Response::from).map_err(|failure| HttpError::new(method, url, failure))
}
