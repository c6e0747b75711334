//! A request to Supabase Auth.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;

use crate::client::error::{ClientError, Failure, Service};
use crate::client::http::Body;
use crate::client::to_json::to_json;
use crate::client::transport::{Operation, Request, Response, Transport};

// The API version whose errors are `{code, message}`, with a text as the code.
const API_VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-supabase-api-version"),
    HeaderValue::from_static("2024-01-01"),
);

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// A request to Auth that is still being built.
pub(super) struct Call {
    transport: Transport,
    operation: Operation,
    request: Result<Request, ClientError>,
}

impl Call {
    pub(super) fn new(
        transport: &Transport,
        method: Method,
        path: &[&str],
        operation: Operation,
    ) -> Self {
        let sends_json = method != Method::GET;
        let request = transport.request(Service::Auth, method, path, operation.clone());
        let request = request.map(|mut request| {
            request.headers.extend([API_VERSION]);
            if sends_json {
                request.headers.insert(CONTENT_TYPE, JSON);
            }
            request
        });
        Self {
            transport: transport.clone(),
            operation,
            request,
        }
    }

    /// Adds `key=value` to the query.
    pub(super) fn query(self, key: &str, value: &str) -> Self {
        self.with(|request| {
            request.url.query_pairs_mut().append_pair(key, value);
            Ok(())
        })
    }

    /// Sets where Auth redirects the user's browser.
    pub(super) fn redirect_to(self, url: Option<&str>) -> Self {
        match url {
            Some(url) => self.query("redirect_to", url),
            None => self,
        }
    }

    pub(super) fn json<B: Serialize + ?Sized>(self, body: &B) -> Self {
        self.with(|request| {
            request.body = Body::Bytes(to_json("the body", body)?);
            Ok(())
        })
    }

    /// Changes the request, unless there is a mistake already.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Request) -> Result<(), Failure>) -> Self {
        if let Ok(request) = &mut self.request
            && let Err(mistake) = change(request)
        {
            self.request = Err(self.transport.not_sent(self.operation.clone(), mistake));
        }
        self
    }

    pub(super) async fn send(self) -> Result<Response, ClientError> {
        self.transport.send(self.request?).await
    }
}
