//! Requests to Storage.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use crate::client::error::{ClientError, Failure, Service};
use crate::client::http::Body;
use crate::client::transport::{Operation, Request, Transport};

pub(super) const UPSERT: HeaderName = HeaderName::from_static("x-upsert");

/// A future that a builder becomes when it is awaited.
pub(super) type Sent<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

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
    let json = to_json(body)?;
    request.body = Body::Bytes(json);
    let json = HeaderValue::from_static("application/json");
    request.headers.insert(CONTENT_TYPE, json);
    Ok(())
}

pub(super) fn to_json<B: Serialize + ?Sized>(value: &B) -> Result<Bytes, Failure> {
    match crate::json::to_vec(value) {
        Ok(json) => Ok(json.into()),
        Err(error) => {
            let message = format!("the value does not serialize to JSON: {error}");
            Err(Failure::invalid(message).with_source(error))
        }
    }
}

/// `true` or `false`.
pub(super) fn flag(value: bool) -> HeaderValue {
    HeaderValue::from_static(if value { "true" } else { "false" })
}
