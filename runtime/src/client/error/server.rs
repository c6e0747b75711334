//! Parses the refusals of the services, in all their formats.

use std::time::{Duration, SystemTime};

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::failure::Failure;
use super::kind::ClientErrorKind;
use super::service::Service;
use super::storage;
use crate::client::http::RawResponse;

impl Failure {
    /// A response whose status is not 2xx.
    ///
    /// PostgREST sends `{code, message, details, hint}`, Auth `{code, message}` or
    /// `{code: <status>, error_code, msg}`, Storage `{statusCode, code, error, message}`, gateways `{message, hint?}`, HTML or nothing.
    pub(crate) fn refused(service: Service, response: &RawResponse) -> Self {
        let (status, headers, body) = (response.status, &response.headers, &response.body);
        let mut failure = match serde_json::from_slice::<Map<String, Value>>(body) {
            Ok(fields) => {
                let status = match service {
                    Service::Storage => status_in_fields(&fields).unwrap_or(status),
                    _ => status,
                };
                let mut failure = from_fields(status, &fields).with_status(status);
                if service == Service::Storage && failure.code.is_none() {
                    failure.code = code_of_old_storage(&fields);
                }
                failure
            }
            // TUS endpoints answer in plain text.
            Err(_) if headers.contains_key("tus-resumable") && !body.is_empty() => Self::new(
                ClientErrorKind::Server,
                String::from_utf8_lossy(body).trim().to_owned(),
            ),
            Err(_) => Self::new(
                ClientErrorKind::Server,
                match challenge_description(headers).filter(|_| body.is_empty()) {
                    Some(description) => description.to_owned(),
                    None => describe_foreign(status, headers, body),
                },
            ),
        };
        failure.service = Some(service);
        if service == Service::Storage && failure.code.is_none() {
            let status = failure.status.unwrap_or(status);
            failure.code = storage::code_of(status, &failure.message).map(Into::into);
        }
        if let Service::Functions = service {
            failure = failure.of_a_function(response);
        }
        failure.code = failure.code.or_else(|| code_in_headers(headers));
        failure.status.get_or_insert(status);
        failure.retry_after = retry_after(headers);
        failure
    }

    /// A function may answer in any format. The caller gets the response as it is; the error's text uses
    /// only what is clearly a message or a code.
    fn of_a_function(self, response: &RawResponse) -> Self {
        let (headers, body) = (&response.headers, &response.body);
        let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let message = ["message", "msg", "error"].into_iter().find_map(text);
        let message = match message.filter(|message| !message.trim().is_empty()) {
            Some(message) => message,
            // A page from the gateway.
            None if is_html(content_type(headers), body) => {
                describe_foreign(response.status, headers, body)
            }
            None => format!("it answered with {} bytes", body.len()),
        };
        let code = text("code").map(String::into_boxed_str);
        Self {
            code: code.or_else(|| code_in_headers(headers)),
            details: None,
            hint: None,
            message: message.into(),
            answer: Some(Box::new(response.clone())),
            ..self
        }
    }
}

fn from_fields(status: StatusCode, fields: &Map<String, Value>) -> Failure {
    let text = |name: &str| fields.get(name).and_then(as_text);
    let message = ["message", "msg", "error_description", "error"]
        .into_iter()
        .find_map(text)
        .map_or_else(
            || format!("the server gives no reason for its status {status}"),
            String::from,
        );
    // Without an API version, Auth's `code` only repeats the status.
    let code = fields.get("code").filter(|code| code.is_string());
    let code = fields
        .get("error_code")
        .and_then(as_text)
        .or_else(|| code.and_then(as_text));
    Failure {
        code,
        details: text("details"),
        hint: text("hint"),
        ..Failure::new(ClientErrorKind::Server, message)
    }
}

/// Storage answers 400 to nearly everything, and puts the actual status into the body: `"404"`.
fn status_in_fields(fields: &Map<String, Value>) -> Option<StatusCode> {
    let status = match fields.get("statusCode")? {
        Value::String(text) => text.parse().ok()?,
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        _ => return None,
    };
    let status = StatusCode::from_u16(status).ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// The only error whose `error` field named its kind before Storage had codes.
fn code_of_old_storage(fields: &Map<String, Value>) -> Option<Box<str>> {
    let error = fields.get("error").and_then(as_text)?;
    (*error == *"Duplicate").then_some(error)
}

/// Returns a string as it is, and any other value except null as JSON.
fn as_text(value: &Value) -> Option<Box<str>> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.as_str().into()),
        other => Some(other.to_string().into()),
    }
}

/// Describes a body that is not the expected JSON. It quotes only an HTML title of the body, because
/// some servers echo the request with its keys.
pub(super) fn describe_foreign(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> String {
    let content_type = content_type(headers);
    if body.trim_ascii().is_empty() {
        return "the server answered with an empty body".to_owned();
    }
    if is_html(content_type, body) {
        let title = html_title(body)
            .map(|title| format!(" (title: {title:?})"))
            .unwrap_or_default();
        // Gateways also refuse and throttle with HTML pages; then the URL is right.
        let may_be_elsewhere =
            status.is_success() || status.is_redirection() || matches!(status.as_u16(), 404 | 405);
        let question = match may_be_elsewhere {
            true => "; is the URL a Supabase project?",
            false => "",
        };
        return format!("the server answered HTML, not JSON{title}{question}");
    }
    let length = body.len();
    match content_type {
        Some(content_type) if !content_type.contains("json") => format!(
            "the server answered `{}` ({length} bytes), not JSON",
            content_type.escape_debug()
        ),
        _ => format!("the server answered with {length} bytes that are not the expected JSON"),
    }
}

/// The content type without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next()?.trim();
    (!media_type.is_empty()).then_some(media_type)
}

pub(super) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    content_type.is_some_and(|value| value.eq_ignore_ascii_case("text/html"))
        || body.trim_ascii_start().starts_with(b"<")
}

/// Longer words of a page's title are not quoted.
const LONGEST_WORD: usize = 30;

fn html_title(body: &[u8]) -> Option<String> {
    let start = body.get(..body.len().min(8 * 1024))?;
    let text = String::from_utf8_lossy(start);
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let from = open + lower.get(open..)?.find('>')? + 1;
    let to = from + lower.get(from..)?.find('<')?;
    let words = text.get(from..to)?.split_whitespace();
    // A page that quotes the request may also quote its key, which is longer than a word.
    let words = words.map(|word| {
        if word.len() > LONGEST_WORD {
            "…"
        } else {
            word
        }
    });
    let title = words.collect::<Vec<_>>().join(" ");
    let title: String = title.chars().take(80).collect();
    (!title.is_empty()).then_some(title)
}

/// Returns the code of a response without a body, such as a response to HEAD, from Auth's and Functions'
/// own headers or from `Proxy-Status: PostgREST; error=PGRST303`.
fn code_in_headers(headers: &HeaderMap) -> Option<Box<str>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("x-sb-error-code")
        .or_else(|| text("sb-error-code"))
        .or_else(|| {
            let parameters = text("proxy-status")?.strip_prefix("PostgREST")?.split(';');
            parameters
                .filter_map(|one| one.trim().strip_prefix("error="))
                .next()
        })
        .map(Box::from)
}

/// `WWW-Authenticate: Bearer error="invalid_token", error_description="JWT expired"`.
fn challenge_description(headers: &HeaderMap) -> Option<&str> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, description) = challenge.split_once("error_description=\"")?;
    description
        .split('"')
        .next()
        .filter(|text| !text.is_empty())
}

/// The longest wait a server may ask for. Adding a longer one to the time of day can overflow.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads `Retry-After`: seconds, or a date to wait for; at most [`MAX_RETRY_AFTER`].
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let delay = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok()?;
            date.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(delay.min(MAX_RETRY_AFTER))
}
