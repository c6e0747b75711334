//! Why a token is refused, in PostgREST's words.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

/// What is wrong with the form of a token.
pub(super) enum RefusedToken {
    Empty,
    Parts(usize),
    /// Its header is no JSON.
    Unreadable,
    /// It says that it has no signature.
    Unsecured,
    /// No key of the stack has signed it.
    OtherKey,
}

impl RefusedToken {
    /// Looks at the token of a request that is refused.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let token = value.strip_prefix("Bearer")?.trim();
        if token.is_empty() {
            return Some(Self::Empty);
        }
        let parts: Vec<_> = token.split('.').collect();
        let [header, _, _] = parts.as_slice() else {
            return Some(Self::Parts(parts.len()));
        };
        let header = URL_SAFE_NO_PAD.decode(header).ok();
        let header: Option<Value> = header.and_then(|it| serde_json::from_slice(&it).ok());
        Some(match header {
            None => Self::Unreadable,
            Some(header) if header["alg"] == "none" => Self::Unsecured,
            Some(_) => Self::OtherKey,
        })
    }

    /// Rewrites the message and the details of an error.
    pub(super) fn describe(&self, error: &mut Value) {
        let (message, details) = match self {
            Self::Empty => ("Empty JWT is sent in Authorization header".to_owned(), None),
            Self::Parts(parts) => (format!("Expected 3 parts in JWT; got {parts}"), None),
            Self::Unreadable => ("JWT cryptographic operation failed".to_owned(), None),
            Self::Unsecured => (
                "Wrong or unsupported encoding algorithm".to_owned(),
                Some("JWT is unsecured but expected 'alg' was not 'none'"),
            ),
            Self::OtherKey => (
                "No suitable key or wrong key type".to_owned(),
                Some("None of the keys was able to decode the JWT"),
            ),
        };
        error["message"] = message.into();
        error["details"] = details.into();
    }
}
