//! Requests to Storage.

use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use crate::client::error::{ClientError, Failure, Service};
use crate::client::to_json::to_json;
use crate::client::transport::{Operation, Request, Transport};

pub(super) const UPSERT: HeaderName = HeaderName::from_static("x-upsert");

/// A request without a body.
pub(super) fn plain(operation: Operation, method: Method, url: Url) -> Request {
    Request::new(operation, Service::Storage, method, url)
}

/// A request to `path` of Storage that carries `body` as JSON.
pub(super) fn json<B: Serialize + ?Sized>(
    transport: &Transport,
    method: Method,
    path: &[&str],
    operation: Operation,
    body: &B,
) -> Result<Request, ClientError> {
    let mut request = transport.request(Service::Storage, method, path, operation)?;
    match with_json(&mut request, body) {
        Ok(()) => Ok(request),
        Err(failure) => Err(transport.not_sent(request.operation, failure)),
    }
}

pub(super) fn with_json<B: Serialize + ?Sized>(
    request: &mut Request,
    body: &B,
) -> Result<(), Failure> {
    request.set_json(to_json("the value", body)?);
    Ok(())
}

/// `true` or `false`.
pub(super) fn flag(value: bool) -> HeaderValue {
    HeaderValue::from_static(if value { "true" } else { "false" })
}
