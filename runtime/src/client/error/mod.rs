//! [`ClientError`]: the error of a failed client call.

mod advice;
mod decode;
mod failure;
mod kind;
mod long_url;
mod redact;
mod retryable;
mod server;
mod service;
mod storage;
#[cfg(test)]
mod tests;

pub(crate) use self::decode::without_data;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub(crate) use self::failure::Failure;
pub use self::kind::ClientErrorKind;
pub(crate) use self::long_url::too_long;
pub(crate) use self::service::Service;
use super::auth_admin::AuthErrorCode;
use super::http::RawResponse;
use super::storage::StorageErrorCode;
use super::transport::Operation;
use crate::auth::Principal;

/// The error of a failed client call.
///
/// The server's response is available in parts: [`status`](Self::status), [`code`](Self::code),
/// [`message`](Self::message), [`details`](Self::details) and [`hint`](Self::hint). Any part can
/// be missing, because gateways in front of the project use error formats of their own.
///
/// The `Display` text is one line that names the operation, the cause and, where possible, what to do
/// next. It never contains a key, a token, the request's query or its body.
///
/// ```
/// # use supabase_task::client::ClientError;
/// fn already_there(error: &ClientError) -> bool {
///     error.is_conflict() && error.message().contains("todos_title_key")
/// }
/// ```
pub struct ClientError(Box<Inner>);

struct Inner {
    operation: Operation,
    identity: Option<Principal>,
    failure: Failure,
    /// Advice from the call, which can be more specific than advice by the error's code.
    advice: Option<&'static str>,
}

impl ClientError {
    pub(crate) fn new(operation: Operation, identity: Option<Principal>, failure: Failure) -> Self {
        Self(Box::new(Inner {
            operation,
            identity,
            failure,
            advice: None,
        }))
    }

    /// Returns the service that refused the request, if one did.
    pub(crate) fn service(&self) -> Option<Service> {
        self.0.failure.service
    }

    /// Adds advice on what to do next.
    pub(crate) fn with_advice(mut self, advice: &'static str) -> Self {
        self.0.advice = Some(advice);
        self
    }

    /// Notes in the message how much the earlier requests of the same call have already done.
    pub(crate) fn after(mut self, done: usize, of_what: &str) -> Self {
        if done > 0 {
            let message = format!("{} (the first {done} {of_what} are done)", self.message());
            self.0.failure.message = message.into();
        }
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> ClientErrorKind {
        self.0.failure.kind
    }

    /// Returns the HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.0.failure.status.map(|status| status.as_u16())
    }

    /// Returns the server's code: an SQLSTATE such as `23505`, a PostgREST code such as `PGRST116`
    /// (<https://docs.postgrest.org/en/stable/references/errors.html>), or a Supabase Auth code
    /// such as `user_not_found`. Storage's codes are also available as a type:
    /// [`storage_code`](Self::storage_code).
    pub fn code(&self) -> Option<&str> {
        self.0.failure.code.as_deref()
    }

    /// Returns the server's message, or one of this crate if the server sent none. It can quote a
    /// value of the request.
    pub fn message(&self) -> &str {
        &self.0.failure.message
    }

    /// Returns the server's details. If they are JSON other than a string, returns that JSON as text.
    ///
    /// The details can quote a whole row; in that case the error's own text omits them.
    pub fn details(&self) -> Option<&str> {
        self.0.failure.details.as_deref()
    }

    /// Returns the server's hint.
    pub fn hint(&self) -> Option<&str> {
        self.0.failure.hint.as_deref()
    }

    /// Returns Storage's error code, if the error comes from Storage and has one.
    pub fn storage_code(&self) -> Option<StorageErrorCode> {
        match self.service() {
            Some(Service::Storage) => self.code().map(StorageErrorCode::new),
            _ => None,
        }
    }

    /// Returns Supabase Auth's code as a type, if Auth refused the request.
    pub fn auth_code(&self) -> Option<AuthErrorCode> {
        match self.0.failure.service {
            Some(Service::Auth) => self.code().map(AuthErrorCode::from),
            _ => None,
        }
    }

    /// Returns the refusal of an Edge Function or its relay, and which call it refused.
    pub(in crate::client) fn refused_function(
        &self,
    ) -> Option<(Operation, Principal, RawResponse)> {
        let answer = self.0.failure.answer.as_deref()?;
        Some((self.0.operation.clone(), self.0.identity?, answer.clone()))
    }

    /// Returns how long the server asks to wait before the next try (`Retry-After`), capped at
    /// 24 hours.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.failure.retry_after
    }

    /// Returns whether the same call can succeed later. A task that fails with such an error is
    /// attempted again; with any other error it fails at once. The first matching line decides:
    ///
    /// | what | another attempt |
    /// | --- | --- |
    /// | the network failed, a timeout passed, a relay did not reach its function | yes |
    /// | a stream, reader or writer of the caller failed | yes, unless its length differs from the announced one |
    /// | any other error that does not come from the server, such as a limit of the client | no |
    /// | the token is not valid yet ("JWT issued at future"): the clocks differ | yes |
    /// | status 501, 505 | no |
    /// | status 408, 423, 425, 429, 502, 503, 504, 520 to 530 | yes |
    /// | a conflict with another transaction: `40001`, `40P01`, `55P03` | yes |
    /// | the database is unavailable or out of resources: classes `08` and `53` except `53400`, `57P01` to `57P03`, `57P05` | yes |
    /// | Storage's `TransactionError`, `DatabaseTimeout`, `InternalError` | yes |
    /// | any other code | no |
    /// | any other status from 500 on | yes |
    /// | any other | no |
    ///
    /// A statement timeout (`57014`) is not retryable: the same statement meets the same limit the
    /// next time, and repeating it adds load to a slow database. A user's expired token is replaced
    /// within the call, once.
    ///
    /// A write can have happened even though its response was lost: repeat it only if doing it twice
    /// has the same effect as doing it once.
    pub fn is_retryable(&self) -> bool {
        self.0.failure.is_retryable()
    }

    /// Returns whether the server rejected the key or the token (401, or Storage's equivalent).
    ///
    /// This excludes refusals by a policy or because of a missing grant; for those see
    /// [`is_row_level_security`](Self::is_row_level_security).
    pub fn is_unauthorized(&self) -> bool {
        if let Some(code) = self.storage_code() {
            let is_token = storage::is_about_token(self.message());
            return match code {
                StorageErrorCode::InvalidJwt => true,
                StorageErrorCode::AccessDenied => is_token,
                _ => self.status() == Some(401),
            };
        }
        self.status() == Some(401) && !self.is_row_level_security()
    }

    /// Returns whether the database refused the operation to this identity, because of a Row Level
    /// Security policy or a missing grant (`42501`, or Storage's equivalent).
    pub fn is_row_level_security(&self) -> bool {
        match self.code() {
            Some("42501") => true,
            Some("AccessDenied") => self.message().contains("row-level security"),
            _ => false,
        }
    }

    /// Returns whether something requested by [`single`](super::Query::single), by id or by path does
    /// not exist, or is not visible to this identity.
    pub fn is_not_found(&self) -> bool {
        match self.code() {
            Some("PGRST116") => self.0.failure.rows_found() == Some(0),
            Some("user_not_found") => true,
            _ => self.storage_code().is_some_and(|code| {
                // The destination bucket of a copy.
                let is_related =
                    code == StorageErrorCode::InvalidRequest && self.status() == Some(404);
                code.is_not_found() || is_related
            }),
        }
    }

    /// Returns whether something conflicts with the new value: a row with the same unique value
    /// (`23505`), an object or bucket of the same name, or a user with the same e-mail address or
    /// phone number (`email_exists`, `phone_exists`, `user_already_exists`).
    pub fn is_conflict(&self) -> bool {
        self.code() == Some("23505")
            || self.storage_code().is_some_and(|code| code.is_conflict())
            || matches!(
                self.auth_code(),
                Some(
                    AuthErrorCode::EmailExists
                        | AuthErrorCode::PhoneExists
                        | AuthErrorCode::UserAlreadyExists
                )
            )
    }

    /// Returns whether one of the client's own timeouts elapsed. A statement timeout is the server's:
    /// `57014`.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ClientErrorKind::Timeout
    }

    /// Returns whether there was no connection, or it broke before the response was complete.
    pub fn is_network(&self) -> bool {
        self.kind() == ClientErrorKind::Network
    }

    /// Returns whether the response does not decode as the requested type.
    pub fn is_decode(&self) -> bool {
        self.kind() == ClientErrorKind::Decode
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
            identity,
            failure,
            advice,
        } = &*self.0;
        let outcome = match failure.kind {
            ClientErrorKind::InvalidRequest | ClientErrorKind::Config => "was not sent",
            _ => "failed",
        };
        write!(f, "{operation} {outcome}: {}", OneLine(&failure.message))?;
        match (self.status(), self.code()) {
            (Some(status), Some(code)) => write!(f, " ({status}, code {})", OneLine(code))?,
            (Some(status), None) => write!(f, " ({status})")?,
            (None, Some(code)) => write!(f, " (code {})", OneLine(code))?,
            (None, None) => {}
        }
        if let Some(details) = failure.details_to_show() {
            write!(f, "; details: {}", OneLine(details))?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "; hint: {}", OneLine(hint))?;
        }
        advice::write(f, failure, *identity, *advice)
    }
}

// The display text already contains the other parts; fields of their own would only repeat it.
impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientError")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            .field("source", &self.0.failure.source)
            .finish()
    }
}

impl StdError for ClientError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.failure.source.as_deref()?;
        Some(source)
    }
}

/// Server text on one line of bounded length, so that it can neither forge a log line nor flood a
/// log.
struct OneLine<'a>(&'a str);

impl OneLine<'_> {
    const MAX_CHARS: usize = 500;
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        for (index, c) in self.0.trim().chars().enumerate() {
            if index == Self::MAX_CHARS {
                return f.write_char('…');
            }
            f.write_char(if c.is_control() { ' ' } else { c })?;
        }
        Ok(())
    }
}
