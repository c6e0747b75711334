//! The state that a query has collected, and the request built from it. Independent of the types of rows.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};

use super::body;
use super::header::custom_header;
use super::media::Media;
use super::name::{ColumnPath, is_parameter};
use super::outside::without_blanks;
use crate::client::error::{ClientError, Failure, Service};
use crate::client::http::Body;
use crate::client::sent::Sent;
use crate::client::transport::{Headers, Operation, Request, Response, Transport};

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The collected state of a [`Query`](super::Query).
pub(super) struct Parts {
    transport: Transport,
    schema: Cow<'static, str>,
    pub(super) verb: Verb,
    method: Method,
    name: String,
    query: Vec<(Cow<'static, str>, String)>,
    prefer: Vec<Cow<'static, str>>,
    pub(super) media: Media,
    /// The headers that the caller sets.
    headers: Headers,
    body: Option<Bytes>,
    pub(super) retry: Option<bool>,
    /// Whether there is a filter, or the caller allowed all rows.
    guarded: bool,
    /// The first mistake, because of which the request is not sent.
    mistake: Option<Box<Failure>>,
}

/// What a query does to its table or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Select,
    Insert,
    Upsert,
    Update,
    Delete,
    Call,
}

impl Verb {
    fn method(self) -> Method {
        match self {
            Self::Select => Method::GET,
            Self::Insert | Self::Upsert | Self::Call => Method::POST,
            Self::Update => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Select => "select from",
            Self::Insert => "insert into",
            Self::Upsert => "upsert into",
            Self::Update => "update",
            Self::Delete => "delete from",
            Self::Call => "call",
        }
    }
}

impl Parts {
    pub(super) fn new(
        transport: Transport,
        schema: Cow<'static, str>,
        verb: Verb,
        name: String,
    ) -> Self {
        Self {
            transport,
            schema,
            verb,
            method: verb.method(),
            name,
            query: Vec::new(),
            prefer: Vec::new(),
            media: Media::default(),
            headers: Headers::default(),
            body: None,
            retry: None,
            guarded: false,
            mistake: None,
        }
    }

    /// Takes the collected state and leaves an empty one.
    pub(super) fn take(&mut self) -> Self {
        let (transport, schema) = (self.transport.clone(), self.schema.clone());
        let empty = Self::new(transport, schema, self.verb, String::new());
        std::mem::replace(self, empty)
    }

    pub(super) fn operation(&self) -> Operation {
        let target = match self.schema.as_ref() {
            "public" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        };
        Operation::on(self.verb.in_words(), target)
    }

    /// Adds a filter on a column, of the embedded table in `prefix` unless that is empty.
    pub(super) fn add_filter(&mut self, prefix: &str, path: &ColumnPath, value: String) {
        let ColumnPath { embedded, column } = path;
        // A filter on an embedded table does not limit the rows of this one.
        if prefix.is_empty() && embedded.is_empty() {
            self.set_guarded();
        }
        // PostgREST reads these as its own parameters, and Supabase's gateway reads `apikey` as a key. A
        // quoted name is always the name of a column.
        let quote = if is_parameter(column) { "\"" } else { "" };
        self.append([prefix, embedded, quote, column, quote].concat(), value);
    }

    /// Adds filters that are joined by `and` or `or`, as they are written.
    pub(super) fn add_raw_filter(&mut self, prefix: &str, join: &str, filters: &str) {
        if prefix.is_empty() {
            self.set_guarded();
        }
        self.append(format!("{prefix}{join}"), format!("({filters})"));
    }

    /// Keeps the first mistake.
    pub(super) fn fail(&mut self, message: impl Into<Cow<'static, str>>) {
        self.mistake
            .get_or_insert_with(|| Box::new(Failure::invalid(message)));
    }

    pub(super) fn fail_with(&mut self, mistake: Failure) {
        self.mistake.get_or_insert_with(|| Box::new(mistake));
    }

    /// Adds `key=value`, beside any with the same key.
    pub(super) fn append(&mut self, key: impl Into<Cow<'static, str>>, value: String) {
        self.query.push((key.into(), value));
    }

    /// Sets `key=value`, replacing one with the same key.
    pub(super) fn set(&mut self, key: impl Into<Cow<'static, str>>, value: String) {
        let key = key.into();
        match self.query.iter_mut().find(|(name, _)| *name == key) {
            Some((_, present)) => *present = value,
            None => self.append(key, value),
        }
    }

    /// Appends `value` to the present one: `key=present,value`.
    pub(super) fn extend(&mut self, key: impl Into<Cow<'static, str>>, value: &str) {
        let key = key.into();
        match self.query.iter_mut().find(|(name, _)| *name == key) {
            Some((_, present)) => {
                present.push(',');
                present.push_str(value);
            }
            None => self.append(key, value.to_owned()),
        }
    }

    /// Sets a `Prefer` token, replacing the one that starts with `name`.
    pub(super) fn prefer(&mut self, name: &str, token: impl Into<Cow<'static, str>>) {
        let token = token.into();
        match self
            .prefer
            .iter_mut()
            .find(|present| present.starts_with(name))
        {
            Some(present) => *present = token,
            None => self.prefer.push(token),
        }
    }

    /// Counts the rows exactly, unless they are counted already.
    pub(super) fn set_counted(&mut self) {
        let mut tokens = self.prefer.iter();
        if !tokens.any(|token| token.starts_with("count=")) {
            self.prefer.push("count=exact".into());
        }
    }

    pub(super) fn set_select(&mut self, columns: &str) {
        self.set("select", without_blanks(columns));
    }

    pub(super) fn set_head(&mut self) {
        self.method = Method::HEAD;
    }

    pub(super) fn set_header(&mut self, name: &str, value: &str) {
        match custom_header(name, value) {
            Ok((name, _)) if name == PREFER => self.prefer.push(value.to_owned().into()),
            Ok((name, value)) => self.headers.insert(name, value),
            Err(mistake) => self.fail_with(mistake),
        }
    }

    /// Makes the call of a function a GET: its arguments go into the URL's query.
    pub(super) fn set_get(&mut self) {
        self.method = Method::GET;
        if let Some(json) = self.body.take() {
            match body::arguments_in_query(&json) {
                Ok(arguments) => {
                    let arguments = arguments
                        .into_iter()
                        .map(|(name, value)| (Cow::Owned(name), value));
                    self.query.splice(0..0, arguments);
                }
                Err(mistake) => self.fail_with(mistake),
            }
        }
    }

    /// Requests a function's response without its body: by HEAD, or by POST if a URL's query cannot carry the
    /// arguments.
    pub(super) fn set_head_of_call(&mut self) {
        if self
            .body
            .as_deref()
            .is_some_and(body::has_composite_argument)
        {
            self.prefer("return=", "return=minimal");
        } else {
            self.set_get();
            self.set_head();
        }
    }

    pub(super) fn adds_rows(&self) -> bool {
        matches!(self.verb, Verb::Insert | Verb::Upsert)
    }

    pub(super) fn set_guarded(&mut self) {
        self.guarded = true;
    }

    pub(super) fn set_body(&mut self, body: Result<Bytes, Failure>) {
        match body {
            Ok(body) => self.body = Some(body),
            Err(mistake) => self.fail_with(mistake),
        }
    }

    /// Sets the rows to write: one, or several.
    pub(super) fn set_rows(&mut self, rows: Result<Bytes, Failure>) {
        if let Ok(json) = &rows
            && let Some(columns) = body::columns_of(json)
        {
            self.set("columns", columns);
        }
        self.set_body(rows);
    }

    /// Sends the request. Boxed, so that every decoded type shares one state machine.
    pub(super) fn send(self) -> Sent<Response> {
        let transport = self.transport.clone();
        let request = self.into_request();
        Box::pin(async move { transport.send(request?).await })
    }

    pub(super) fn into_request(mut self) -> Result<Request, ClientError> {
        let operation = self.operation();
        match self.build() {
            Ok((url, headers)) => Ok(Request {
                headers,
                body: self.body.map_or(Body::Empty, Body::Bytes),
                retry: self.retry,
                ..Request::new(operation, Service::Database, self.method, url)
            }),
            Err(mistake) => Err(self.transport.not_sent(operation, mistake)),
        }
    }

    fn build(&mut self) -> Result<(url::Url, Headers), Failure> {
        if let Some(mistake) = self.mistake.take() {
            return Err(*mistake);
        }
        if matches!(self.verb, Verb::Update | Verb::Delete) && !self.guarded {
            return Err(Failure::invalid(
                "it has no filter, so it would change every row; add one such as `.eq(\"id\", id)`, \
                 or `.all_rows()` if every row is meant",
            ));
        }

        let mut url = match self.verb {
            Verb::Call => self
                .transport
                .url_of(Service::Database, &["rpc", &self.name])?,
            _ => self.transport.url_of(Service::Database, &[&self.name])?,
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }

        let mut headers = std::mem::take(&mut self.headers);
        let reads = matches!(self.method, Method::GET | Method::HEAD);
        let profile = if reads {
            ACCEPT_PROFILE
        } else {
            CONTENT_PROFILE
        };
        headers.insert(profile, profile_value(&self.schema)?);
        if !reads {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(accept) = self.media.accept()? {
            headers.insert(ACCEPT, accept);
        }
        match self.prefer.as_slice() {
            [] => {}
            [Cow::Borrowed(token)] => headers.insert(PREFER, HeaderValue::from_static(token)),
            tokens => {
                let tokens = HeaderValue::try_from(tokens.join(", "));
                let tokens = tokens.map_err(|_| Failure::invalid("a preference is malformed"))?;
                headers.insert(PREFER, tokens);
            }
        }
        Ok((url, headers))
    }
}

fn profile_value(schema: &str) -> Result<HeaderValue, Failure> {
    if schema == "public" {
        return Ok(HeaderValue::from_static("public"));
    }
    HeaderValue::from_bytes(schema.as_bytes()).map_err(|_| {
        Failure::invalid(format!(
            "`{}` cannot be the name of a schema",
            schema.escape_debug()
        ))
    })
}
