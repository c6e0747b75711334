//! [`Received`]: a response that was read to its end, or is still open.

use std::time::Duration;

use http::{HeaderName, StatusCode};

use crate::client::error::{Failure, Service};
use crate::client::http::{Answer, RawResponse};

const RELAY_ERROR: HeaderName = HeaderName::from_static("x-relay-error");

/// How the response to a request is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// To its end, into memory.
    Whole,
    /// Piece by piece, by the caller.
    Pieces,
}

/// A successful response that was read to its end, or is still open.
pub(super) enum Received {
    Whole(RawResponse),
    Open(Box<Answer>),
}

impl Received {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Whole(response) => response.status,
            Self::Open(answer) => answer.status(),
        }
    }

    pub(super) fn whole(self) -> Result<RawResponse, Failure> {
        match self {
            Self::Whole(response) => Ok(response),
            Self::Open(_) => Err(Failure::invalid("its response was not read")),
        }
    }

    pub(super) fn open(self) -> Result<Answer, Failure> {
        match self {
            Self::Open(answer) => Ok(*answer),
            Self::Whole(_) => Err(Failure::invalid("its response was read already")),
        }
    }
}

/// Reads a response as `reading` says; a refusal is always read to its end.
pub(super) async fn receive(
    service: Service,
    answer: Answer,
    reading: Reading,
    limit: Option<Duration>,
) -> Result<Received, Failure> {
    let relay = service == Service::Functions
        && answer
            .headers()
            .get(RELAY_ERROR)
            .is_some_and(|value| value == "true");
    let refused = relay || !answer.status().is_success();
    if !refused && reading == Reading::Pieces {
        return Ok(Received::Open(Box::new(answer)));
    }
    let response = answer.whole(limit).await?;
    if !refused {
        return Ok(Received::Whole(response));
    }
    let failure = Failure::refused(service, &response);
    Err(if relay {
        failure.of_the_relay()
    } else {
        failure
    })
}
