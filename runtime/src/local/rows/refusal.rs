//! Why a request gets no rows.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use postrust_core::{AppConfig, Error};
use serde_json::{Value, json};

/// Why a request gets no rows.
pub(in crate::local) enum Refusal {
    /// An error of PostgREST's.
    Error(Box<Error>),
    /// An error that postrust does not have.
    Other {
        status: StatusCode,
        code: &'static str,
        message: &'static str,
    },
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

impl Refusal {
    /// What PostgREST answers, and LocalSupabase cannot.
    pub(super) fn limit(message: &'static str) -> Self {
        Self::bad_request("PGRST_LOCAL", message)
    }

    /// PostgreSQL's error about a text that is not UTF-8, or has a zero byte.
    pub(super) fn no_text() -> Self {
        Self::bad_request("22021", "invalid byte sequence for encoding \"UTF8\"")
    }

    pub(super) fn bad_request(code: &'static str, message: &'static str) -> Self {
        Self::Other {
            status: StatusCode::BAD_REQUEST,
            code,
            message,
        }
    }

    pub(in crate::local) fn response(self, config: &AppConfig) -> Response<Bytes> {
        match self {
            Self::Error(error) => postrust_engine::error_response_for(config, *error),
            Self::Other {
                status,
                code,
                message,
            } => {
                let error =
                    json!({ "code": code, "message": message, "details": null, "hint": null });
                bytes_response(status, &error)
            }
        }
    }
}

fn bytes_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
