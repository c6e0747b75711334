//! [`Failure`]: an error before its operation is known.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

use http::StatusCode;

use super::kind::ClientErrorKind;
use super::service::Service;
use crate::client::http::RawResponse;
use crate::token::TokenError;

/// A [`ClientError`](super::ClientError) without its operation and identity.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(super) kind: ClientErrorKind,
    /// The service that refused the request, if one did.
    pub(super) service: Option<Service>,
    pub(super) status: Option<StatusCode>,
    pub(super) code: Option<Box<str>>,
    pub(super) message: Cow<'static, str>,
    pub(super) details: Option<Box<str>>,
    pub(super) hint: Option<Box<str>>,
    pub(super) retry_after: Option<Duration>,
    /// The whole response of an Edge Function, which only its caller can read.
    pub(super) answer: Option<Box<RawResponse>>,
    /// The connection broke before any response came.
    pub(super) is_unanswered: bool,
    pub(super) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    pub(crate) fn new(kind: ClientErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            service: None,
            status: None,
            code: None,
            message: message.into(),
            details: None,
            hint: None,
            retry_after: None,
            answer: None,
            is_unanswered: false,
            source: None,
        }
    }

    /// The connection broke before any response came.
    pub(crate) fn unanswered(message: String) -> Self {
        Self {
            is_unanswered: true,
            ..Self::new(ClientErrorKind::Network, message)
        }
    }

    /// The call is invalid, so it is not sent.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ClientErrorKind::InvalidRequest, message)
    }

    /// The user's token could not be signed.
    pub(crate) fn not_signed(error: TokenError) -> Self {
        Self::new(ClientErrorKind::Token, error.to_string()).with_source(error)
    }

    /// The request body could not be read to its end.
    pub(crate) fn unreadable_body(cause: Box<dyn StdError + Send + Sync>) -> Self {
        let message = "the request body could not be read to its end";
        Self {
            source: Some(cause),
            ..Self::new(ClientErrorKind::Body, message)
        }
    }

    /// The downloaded data could not be written to the caller's destination.
    pub(crate) fn unwritable(cause: std::io::Error) -> Self {
        let message = "the downloaded data could not be written";
        Self::new(ClientErrorKind::Body, message).with_source(cause)
    }

    /// A resumable upload no longer exists. The server reports this with only a status.
    pub(crate) fn gone_upload(status: Option<u16>) -> Self {
        let message = "the upload has expired or was aborted; start a new one";
        Self {
            service: Some(Service::Storage),
            status: status.and_then(|status| StatusCode::from_u16(status).ok()),
            code: Some("NoSuchUpload".into()),
            ..Self::new(ClientErrorKind::Server, message)
        }
    }

    /// Storage reported that one of several objects does not exist, without failing the request.
    pub(crate) fn no_object(message: String) -> Self {
        Self {
            service: Some(Service::Storage),
            status: Some(StatusCode::NOT_FOUND),
            code: Some("NoSuchKey".into()),
            ..Self::new(ClientErrorKind::Server, message)
        }
    }

    /// The relay answered because the function was not reached.
    pub(crate) fn of_the_relay(mut self) -> Self {
        self.kind = ClientErrorKind::Relay;
        self
    }

    /// More than one row where one was requested, as PostgREST itself reports it for `single`.
    pub(crate) fn too_many_rows(rows: usize) -> Self {
        Self {
            status: Some(StatusCode::NOT_ACCEPTABLE),
            code: Some("PGRST116".into()),
            details: Some(format!("The result contains {rows} rows").into()),
            ..Self::new(
                ClientErrorKind::Server,
                "Cannot coerce the result to a single JSON object",
            )
        }
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status.get_or_insert(status);
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    pub(crate) fn kind(&self) -> ClientErrorKind {
        self.kind
    }

    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.status
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the token has expired, so that a fresh one will be accepted. `PGRST303` is also
    /// about other claims, which would be the same in a fresh token; older versions of PostgREST used
    /// `PGRST301`. Storage passes on its library's message.
    pub(crate) fn is_expired_token(&self) -> bool {
        if self.service == Some(Service::Storage) {
            return matches!(
                self.message.as_ref(),
                "\"exp\" claim timestamp check failed" | "jwt expired"
            );
        }
        self.status == Some(StatusCode::UNAUTHORIZED)
            && matches!(self.code.as_deref(), Some("PGRST301" | "PGRST303") | None)
            && self.message == "JWT expired"
    }

    /// Returns how many rows there were where one was requested (`PGRST116`), if the server says so.
    pub(crate) fn rows_found(&self) -> Option<u64> {
        if self.code.as_deref() != Some("PGRST116") {
            return None;
        }
        let mut words = self.details.as_deref()?.split_whitespace().peekable();
        while let Some(word) = words.next() {
            if words.peek().is_some_and(|next| next.starts_with("row")) {
                return word.parse().ok();
            }
        }
        None
    }

    /// Returns the details, unless they quote the row: `Failing row contains (…)`, `Key (email)=(…)`.
    pub(super) fn details_to_show(&self) -> Option<&str> {
        let quotes_row = self
            .code
            .as_deref()
            .is_some_and(|code| code.starts_with("23"));
        self.details.as_deref().filter(|_| !quotes_row)
    }
}
