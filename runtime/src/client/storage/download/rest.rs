//! [`Rest`]: how to ask for the rest of an object.

use http::header::{ACCEPT_ENCODING, ETAG, IF_RANGE, RANGE};
use http::{HeaderValue, Method, StatusCode};
use url::Url;

use super::part::{self, Part};
use crate::client::error::ClientError;
use crate::client::request::{OpenResponse, Operation};
use crate::client::storage::request::plain;
use crate::client::transport::Transport;

/// What is needed to ask for the rest of a download that broke off.
pub(super) struct Rest {
    transport: Transport,
    operation: Operation,
    url: Url,
    entity_tag: HeaderValue,
    /// The bytes of the object that are downloaded in all.
    from: u64,
    to: u64,
}

impl Rest {
    /// `None` if the rest of `answer`, which begins at the byte `from`, can't be told from that of another
    /// version of the object, or shall not be asked for.
    pub(super) fn of(
        transport: &Transport,
        url: Url,
        from: u64,
        response: &OpenResponse,
    ) -> Option<Self> {
        let answer = &response.answer;
        let entity_tag = answer.headers().get(ETAG)?;
        // Versions whose bytes differ may share a weak one.
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

    /// The answer with what comes after the first `read` bytes, or `None` if the server has no rest of this
    /// version of the object.
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
        // The download has waits of its own.
        request.retry = Some(false);
        let response = self.transport.open(request).await?;
        let answer = &response.answer;
        let is_rest = answer.status() == StatusCode::PARTIAL_CONTENT
            && part::check(Some(part), answer).is_ok()
            && answer.headers().get(ETAG) == Some(&self.entity_tag);
        Ok(is_rest.then(|| Box::new(response)))
    }
}
