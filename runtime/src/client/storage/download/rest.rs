//! [`Rest`]: how to ask for the rest of an object.

use http::header::{ACCEPT_ENCODING, ETAG, IF_RANGE, RANGE};
use http::{HeaderValue, Method, StatusCode};
use url::Url;

use super::part::{self, Part};
use crate::client::error::ClientError;
use crate::client::storage::request::plain;
use crate::client::transport::{OpenResponse, Operation, Transport};

/// What is needed to ask for the rest of a download that broke off.
pub(super) struct Rest {
    transport: Transport,
    operation: Operation,
    url: Url,
    entity_tag: HeaderValue,
    /// The range of the object's bytes that the whole download covers.
    from: u64,
    to: u64,
}

impl Rest {
    /// Returns `None` if the rest of `response`, which begins at the byte `from`, cannot be told apart from
    /// that of another version of the object, or if retries are off.
    pub(super) fn of(
        transport: &Transport,
        url: Url,
        from: u64,
        response: &OpenResponse,
    ) -> Option<Self> {
        let answer = &response.answer;
        let entity_tag = answer.headers().get(ETAG)?;
        // Versions with different bytes may share a weak entity tag.
        let is_strong = entity_tag.as_bytes().starts_with(b"\"");
        (is_strong && transport.retries()).then_some(Self {
            transport: transport.clone(),
            operation: response.operation.clone(),
            url,
            entity_tag: entity_tag.clone(),
            from,
            to: from.checked_add(answer.length()?)?,
        })
    }

    /// Requests the bytes after the first `read` ones. Returns `None` if the server does not have the rest of
    /// this version of the object.
    pub(super) async fn ask_for(
        &self,
        read: u64,
    ) -> Result<Option<Box<OpenResponse>>, ClientError> {
        let part = Part {
            from: self.from + read,
            to: Some(self.to),
        };
        let mut request = plain(self.operation.clone(), Method::GET, self.url.clone());
        request.headers.insert(RANGE, part.header());
        request.headers.insert(ACCEPT_ENCODING, part::AS_IT_IS);
        request.headers.insert(IF_RANGE, self.entity_tag.clone());
        // The download has its own backoff.
        request.retry = Some(false);
        let response = self.transport.open(request).await?;
        let answer = &response.answer;
        let is_rest = answer.status() == StatusCode::PARTIAL_CONTENT
            && part::check(Some(part), answer).is_ok()
            && answer.headers().get(ETAG) == Some(&self.entity_tag);
        Ok(is_rest.then(|| Box::new(response)))
    }
}
