//! Auth's errors.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use crate::local::access::{KeyRefused, json_response};

/// Asks for errors as `{code, message}`; the older form is `{code: STATUS, error_code, msg}`.
const API_VERSION: &str = "x-supabase-api-version";

/// Why a request is refused.
pub(super) enum Refusal {
    Gateway(KeyRefused),
    Auth(AuthError),
}

impl Refusal {
    pub(super) fn response(&self, request: &HeaderMap) -> Response {
        match self {
            Self::Gateway(refused) => refused.response(),
            Self::Auth(error) => error.response(request.contains_key(API_VERSION)),
        }
    }
}

impl From<KeyRefused> for Refusal {
    fn from(refused: KeyRefused) -> Self {
        Self::Gateway(refused)
    }
}

impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

/// Converts the database's errors about a user that is not valid.
impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        let Some(error) = error.as_database_error() else {
            return UNEXPECTED.into();
        };
        let code = error.code().unwrap_or_default();
        match (code.as_ref(), error.constraint()) {
            ("23505", Some("users_email_partial_key")) => EMAIL_EXISTS,
            ("23505", Some("users_phone_key")) => PHONE_EXISTS,
            (code, _) if code.starts_with("22") => NOT_VALID,
            _ => UNEXPECTED,
        }
        .into()
    }
}

/// One of Auth's errors.
pub(super) struct AuthError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

pub(super) const BAD_JWT: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "bad_jwt",
    message: "invalid JWT: unable to parse or verify signature",
};

pub(super) const NOT_ADMIN: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "not_admin",
    message: "User not allowed",
};

pub(super) const NOT_A_UUID: AuthError = AuthError {
    status: StatusCode::NOT_FOUND,
    code: "validation_failed",
    message: "user_id must be an UUID",
};

pub(super) const USER_NOT_FOUND: AuthError = AuthError {
    status: StatusCode::NOT_FOUND,
    code: "user_not_found",
    message: "User not found",
};

pub(super) const UNEXPECTED: AuthError = AuthError {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "unexpected_failure",
    message: "Database error with user",
};

pub(super) const NO_SUBJECT: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "bad_jwt",
    message: "invalid claim: missing sub claim",
};

pub(super) const NO_SUCH_SUBJECT: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "user_not_found",
    message: "User from sub claim in JWT does not exist",
};

pub(super) const BAD_JSON: AuthError = AuthError {
    status: StatusCode::BAD_REQUEST,
    code: "bad_json",
    message: "Could not parse request body as JSON",
};

pub(super) const NOT_VALID: AuthError = AuthError {
    status: StatusCode::BAD_REQUEST,
    code: "validation_failed",
    message: "a value is not of the kind that it should be",
};

pub(super) const BAD_PAGE: AuthError = AuthError {
    status: StatusCode::BAD_REQUEST,
    code: "validation_failed",
    message: "Bad Pagination Parameters",
};

pub(super) const NEITHER_EMAIL_NOR_PHONE: AuthError = AuthError {
    status: StatusCode::BAD_REQUEST,
    code: "validation_failed",
    message: "Cannot create a user without either an email or phone",
};

pub(super) const EMAIL_EXISTS: AuthError = AuthError {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "email_exists",
    message: "A user with this email address has already been registered",
};

pub(super) const PHONE_EXISTS: AuthError = AuthError {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "phone_exists",
    message: "A user with this phone number has already been registered",
};

impl AuthError {
    fn response(&self, versioned: bool) -> Response {
        let body = if versioned {
            json!({ "code": self.code, "message": self.message })
        } else {
            json!({ "code": self.status.as_u16(), "error_code": self.code, "msg": self.message })
        };
        let mut response = json_response(self.status, &body);
        response
            .headers_mut()
            .insert("x-sb-error-code", HeaderValue::from_static(self.code));
        response
    }
}
