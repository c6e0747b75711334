//! Decides which failures are worth another attempt of a task: the table of
//! [`ClientError::is_retryable`](super::ClientError::is_retryable), in its order.

use super::failure::Failure;
use super::kind::ClientErrorKind;
use crate::client::http::WrongLength;

impl Failure {
    pub(super) fn is_retryable(&self) -> bool {
        match self.kind {
            ClientErrorKind::Network | ClientErrorKind::Timeout | ClientErrorKind::Relay => true,
            // The announced length is wrong, and will be wrong again.
            ClientErrorKind::Body => !self.is_of_wrong_length(),
            ClientErrorKind::Server => self.is_not_yet_valid() || self.may_pass(),
            _ => false,
        }
    }

    fn is_of_wrong_length(&self) -> bool {
        let source = self.source.as_deref();
        source.is_some_and(|source| source.is::<WrongLength>())
    }

    /// The token becomes valid once the server's clock has caught up with the clock that it was signed by.
    /// Storage passes on its library's message.
    fn is_not_yet_valid(&self) -> bool {
        matches!(
            self.message.as_ref(),
            "JWT issued at future"
                | "JWT not yet valid"
                | "\"iat\" claim timestamp check failed (it should be in the past)"
                | "\"nbf\" claim timestamp check failed"
        )
    }

    fn may_pass(&self) -> bool {
        let status = self.status.map(|status| status.as_u16());
        match (status, self.code.as_deref()) {
            // The server does not support the request at all.
            (Some(501 | 505), _) => false,
            (Some(408 | 423 | 425 | 429 | 502..=504 | 520..=530), _) => true,
            (_, Some(code)) => is_retryable_code(code),
            (status, None) => status.is_some_and(|status| status >= 500),
        }
    }
}

fn is_retryable_code(code: &str) -> bool {
    match code {
        // A conflict with another transaction: serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => true,
        // The server is going down, coming up, or has dropped the session.
        "57P01" | "57P02" | "57P03" | "57P05" => true,
        // Storage: its database failed or was not reached, or the error has no details.
        "TransactionError" | "DatabaseTimeout" | "InternalError" => true,
        // A configured limit does not go away by itself.
        "53400" => false,
        // Class 53: out of connections, memory or disk. Class 08: the connection is gone.
        _ => code.len() == 5 && (code.starts_with("53") || code.starts_with("08")),
    }
}
