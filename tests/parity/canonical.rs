//! [`Canonical`]: a request without the details in which two equal requests may differ.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use supabase_task_tests::RecordedRequest;
use url::Url;

use crate::cases::{Part, Request};
use crate::clients::Clients;
use crate::differences::OUR_HEADERS;
use crate::grammar::parameter;

/// A request in the form that is compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Canonical {
    method: String,
    path: String,
    /// Keys in any order, the values of one key in their order.
    query: BTreeMap<String, Vec<Value>>,
    headers: BTreeMap<String, String>,
    prefer: BTreeSet<String>,
    body: Body,
}

#[derive(Debug, PartialEq)]
enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
    Multipart(Vec<Part>),
}

impl Canonical {
    pub(crate) fn of_recorded(request: &Request) -> Self {
        let body = if let Some(json) = &request.body_json {
            Body::Json(json.clone())
        } else if let Some(text) = &request.body_text {
            Body::Bytes(text.clone().into_bytes())
        } else if let Some(base64) = &request.body_base64 {
            Body::Bytes(STANDARD.decode(base64).unwrap())
        } else if let Some(parts) = &request.multipart {
            Body::Multipart(parts.clone())
        } else {
            Body::None
        };
        Self::new(
            &request.method,
            request.path.clone(),
            request.query.clone(),
            request.headers.clone(),
            body,
        )
    }

    pub(crate) fn of_ours(request: &RecordedRequest, clients: &Clients) -> Self {
        let url = Url::parse("http://recorder").unwrap();
        let url = url.join(&request.uri.to_string()).unwrap();
        let mut headers: BTreeMap<_, _> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        for (name, _) in OUR_HEADERS {
            headers.remove(name);
        }
        for name in ["apikey", "authorization"] {
            if let Some(value) = headers.get_mut(name) {
                *value = clients.in_words(value);
            }
        }
        let content_type = headers.get("content-type").cloned().unwrap_or_default();
        let body = body_of(&content_type, &request.body);
        if let Body::Multipart(_) = body {
            headers.insert("content-type".into(), "multipart/form-data".into());
        }
        Self::new(
            request.method.as_str(),
            decoded(url.path()),
            url.query_pairs().into_owned().collect(),
            headers,
            body,
        )
    }

    fn new(
        method: &str,
        path: String,
        pairs: Vec<(String, String)>,
        mut headers: BTreeMap<String, String>,
        body: Body,
    ) -> Self {
        let mut query: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (key, value) in pairs {
            let value = parameter(&key, &value);
            query.entry(key).or_default().push(value);
        }
        headers.retain(|name, value| match (name.as_str(), value.as_str()) {
            ("accept", "*/*" | "application/json") => false,
            ("accept-profile" | "content-profile", "public") => false,
            ("content-type", _) => method != "DELETE" || body != Body::None,
            _ => true,
        });
        let prefer = headers.remove("prefer").unwrap_or_default();
        let prefer = prefer
            .split(',')
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty())
            .collect();
        Self {
            method: method.to_owned(),
            path,
            query,
            headers,
            prefer,
            body,
        }
    }
}

fn body_of(content_type: &str, bytes: &[u8]) -> Body {
    if bytes.is_empty() {
        return Body::None;
    }
    let media_type = content_type.split(';').next().unwrap_or_default();
    if media_type == "application/json" || media_type.ends_with("+json") {
        return Body::Json(serde_json::from_slice(bytes).unwrap());
    }
    match content_type.strip_prefix("multipart/form-data; boundary=") {
        Some(boundary) => Body::Multipart(parts_of(bytes, boundary)),
        None => Body::Bytes(bytes.to_vec()),
    }
}

fn parts_of(bytes: &[u8], boundary: &str) -> Vec<Part> {
    let text = String::from_utf8_lossy(bytes);
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let parts = text.split(delimiter.as_str()).skip(1);
    parts
        .filter_map(|part| {
            let (head, body) = part.split_once("\r\n\r\n")?;
            let attribute = |name: &str| {
                let (_, rest) = head.split_once(&format!("; {name}=\""))?;
                Some(rest.split_once('"')?.0.to_owned())
            };
            let content_type = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_type = name.eq_ignore_ascii_case("content-type");
                is_type.then(|| value.trim().to_owned())
            });
            Some(Part {
                name: attribute("name")?,
                filename: attribute("filename"),
                content_type,
                body: body.strip_suffix("\r\n").unwrap_or(body).to_owned(),
            })
        })
        .collect()
}

/// A path with percent-encoding removed, parsed as a query with one key.
fn decoded(path: &str) -> String {
    let path = path
        .replace('+', "%2B")
        .replace('=', "%3D")
        .replace('&', "%26");
    let mut pairs = url::form_urlencoded::parse(path.as_bytes());
    pairs
        .next()
        .map(|(path, _)| path.into_owned())
        .unwrap_or_default()
}
