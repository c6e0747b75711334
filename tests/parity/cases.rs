//! The recorded requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

const RECORDED: &str = include_str!("supabase-js-requests.json");

/// A call to supabase-js and the requests that it sent.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) area: String,
    pub(crate) js: String,
    request: Option<Request>,
    #[serde(default)]
    more_requests: Vec<Request>,
    /// What PostgREST's grammar requires where supabase-js is wrong.
    correct: Option<Correct>,
}

#[derive(Clone, Debug, Deserialize)]
struct Correct {
    query: Vec<(String, String)>,
}

/// A recorded request: `path` and `query` are decoded.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body_json: Option<Value>,
    pub(crate) body_text: Option<String>,
    pub(crate) body_base64: Option<String>,
    pub(crate) multipart: Option<Vec<Part>>,
}

/// A part of a `multipart/form-data` body.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
}

impl Case {
    /// The correct requests: `correct`, if present, replaces the recorded ones.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<_> = self
            .request
            .iter()
            .chain(&self.more_requests)
            .cloned()
            .collect();
        if let (Some(correct), Some(request)) = (&self.correct, requests.first_mut()) {
            request.query.clone_from(&correct.query);
        }
        requests
    }
}

pub(crate) fn cases() -> Vec<Case> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Case>,
    }

    let file: File = serde_json::from_str(RECORDED).unwrap();
    file.cases
}
