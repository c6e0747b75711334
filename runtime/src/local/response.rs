//! What PostgREST says of a response and postrust does not.

use bytes::Bytes;
use http::header::{CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::Value;
use url::form_urlencoded;

use super::api::ANON_ROLE;
use super::refused_token::RefusedToken;
use super::returned::Returned;

const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What of a request its response depends on.
pub(super) struct Asked {
    is_head: bool,
    accept: String,
    merges: bool,
    location: Option<HeaderValue>,
    token: Option<RefusedToken>,
}

impl Asked {
    pub(super) fn new(request: &Request<Bytes>, is_accepted: bool) -> Self {
        let headers = request.headers();
        Self {
            is_head: request.method() == Method::HEAD,
            accept: first_accepted(headers),
            merges: all_of(headers, &PREFER)
                .any(|value| value.contains("resolution=merge-duplicates")),
            location: location(request),
            token: (!is_accepted).then(|| RefusedToken::of(headers)).flatten(),
        }
    }

    /// Mends `response`, whose rows are `returned`.
    pub(super) fn mend(
        &self,
        mut response: Response<Bytes>,
        returned: &Returned,
        role: &str,
    ) -> Response<Bytes> {
        // A function may give its rows another status.
        let error: Value = match response.status().is_success() {
            true => Value::Null,
            false => serde_json::from_slice(response.body()).unwrap_or_default(),
        };
        match error["code"].is_string() {
            true => self.mend_error(&mut response, error, returned, role),
            false => self.mend_rows(&mut response, returned),
        }
        response
    }

    fn mend_rows(&self, response: &mut Response<Bytes>, returned: &Returned) {
        if let Some(body) = returned.body()
            && !self.is_head
        {
            *response.body_mut() = body.clone();
            let media_type = match self.accept.as_str() {
                "application/vnd.pgrst.array+json" => Some("application/json; charset=utf-8"),
                accepted if accepted.ends_with("nulls=stripped") => {
                    match accepted.contains("pgrst.object") {
                        true => {
                            Some("application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8")
                        }
                        false => {
                            Some("application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8")
                        }
                    }
                }
                _ => None,
            };
            if let Some(media_type) = media_type {
                set(response, CONTENT_TYPE, media_type);
            }
        }
        // Nothing was created.
        let created = response.status() == StatusCode::CREATED;
        if self.merges && created && returned.rows() == 0 {
            *response.status_mut() = StatusCode::OK;
        }
        if let Some(location) = &self.location {
            let headers = response.headers_mut();
            headers.entry(CONTENT_LOCATION).or_insert(location.clone());
        }
    }

    fn mend_error(
        &self,
        response: &mut Response<Bytes>,
        mut error: Value,
        returned: &Returned,
        role: &str,
    ) {
        if let (Some(token), "PGRST301") = (&self.token, error["code"].as_str().unwrap_or_default())
        {
            token.describe(&mut error);
            let description = error["message"].as_str().unwrap_or_default();
            let challenge =
                format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
            set(response, WWW_AUTHENTICATE, &challenge);
            *response.body_mut() = error.to_string().into();
        }
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            if error["details"] == error["message"] {
                let details = "The lower boundary must be lower than or equal to the upper boundary in the Range header.";
                error["details"] = details.into();
                *response.body_mut() = error.to_string().into();
            }
            if let Some(total) = returned.total() {
                set(response, CONTENT_RANGE, &format!("*/{total}"));
            }
        }
        let code = error["code"].as_str().unwrap_or_default();
        // 42501 is 401 only for the anonymous role: the other roles are signed in.
        if code == "42501" && response.status() == StatusCode::UNAUTHORIZED && role != ANON_ROLE {
            *response.status_mut() = StatusCode::FORBIDDEN;
            response.headers_mut().remove(WWW_AUTHENTICATE);
        }
        set(response, PROXY_STATUS, &format!("PostgREST; error={code}"));
    }
}

fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn all_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok())
}

/// The first media type of `Accept` that PostgREST writes by itself, without spaces.
fn first_accepted(headers: &HeaderMap) -> String {
    let accept = all_of(headers, &http::header::ACCEPT).next();
    let mut accepted = accept.into_iter().flat_map(|accept| accept.split(','));
    let is_known = |it: &&str| {
        let name = it.split(';').next().unwrap_or_default().trim();
        matches!(name, "*/*" | "application/json" | "text/csv")
            || name.starts_with("application/vnd.pgrst.")
    };
    let mut first = accepted.find(is_known).unwrap_or_default().to_owned();
    first.retain(|c| c != ' ');
    first
}

/// The address of a read, with its parameters in order.
fn location(request: &Request<Bytes>) -> Option<HeaderValue> {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || path == "/" || path.starts_with("/rpc/") {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let query = query.replace('+', "%20");
    let location = match query.as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    HeaderValue::from_str(&location).ok()
}
