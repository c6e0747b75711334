//! The requests that chains build: the same as those of supabase-js 2.119 where it is right.

mod calls;
mod filters;
mod properties;
mod selects;
mod transforms;
mod trees;
mod typed;
mod values;
mod writes;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use http::Method;
use serde_json::Value;
use url::Url;

use super::{Query, QueryKind, Schema, Select, Table};
use crate::client::error::ClientError;
use crate::client::http::{Body, Http};
use crate::client::test_support::{as_user, http};
use crate::client::transport::Request;

static HTTP: LazyLock<Http> = LazyLock::new(http);

fn schema() -> Schema {
    let url = Url::parse("https://project.test").unwrap();
    as_user(HTTP.clone(), &url, Arc::default())
}

fn table(name: &str) -> Table {
    schema().from(name)
}

fn todos() -> Query<Select> {
    table("todos").select("*")
}

fn request<K: QueryKind>(query: Query<K>) -> Result<Request, ClientError> {
    query.parts.into_request()
}

/// `METHOD path?query`, the headers that are not the usual ones, and the body.
fn wire<K: QueryKind>(query: Query<K>) -> (String, HashMap<String, String>, Value) {
    let request = request(query).unwrap();
    let url = request
        .url
        .as_str()
        .strip_prefix("https://project.test")
        .unwrap();
    let line = format!("{} {url}", request.method);
    let mut headers: HashMap<_, _> = request
        .headers
        .to_map(0)
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();

    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let (profile, other) = if reads {
        ("accept-profile", "content-profile")
    } else {
        ("content-profile", "accept-profile")
    };
    assert!(
        headers.contains_key(profile) && !headers.contains_key(other),
        "{headers:?}"
    );
    if headers[profile] == "public" {
        headers.remove(profile);
    }
    let json = headers.remove("content-type");
    assert_eq!(json.as_deref(), (!reads).then_some("application/json"));
    let body = match request.body {
        Body::Bytes(body) => serde_json::from_slice(&body).unwrap(),
        _ => Value::Null,
    };
    (line, headers, body)
}

/// Only the line, of a query whose headers and body are the usual ones.
fn line<K: QueryKind>(query: Query<K>) -> String {
    let (line, headers, body) = wire(query);
    assert_eq!((headers.len(), body), (0, Value::Null), "{line}");
    line
}

fn headers<const N: usize>(headers: [(&str, &str); N]) -> HashMap<String, String> {
    headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// The query's parameters after `select`, decoded.
fn parameters<K: QueryKind>(query: Query<K>) -> Vec<(String, String)> {
    let request = request(query).unwrap();
    request
        .url
        .query_pairs()
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .filter(|(key, _)| key != "select")
        .collect()
}

/// The one parameter after `select`, decoded: `key=value`.
fn parameter<K: QueryKind>(query: Query<K>) -> String {
    match parameters(query).as_slice() {
        [(key, value)] => format!("{key}={value}"),
        parameters => panic!("one parameter expected: {parameters:?}"),
    }
}

/// Why a query is not sent.
fn mistake<K: QueryKind>(query: Query<K>) -> String {
    let error = request(query).err().expect("the query is a mistake");
    let text = error.to_string();
    let (_, mistake) = text.split_once(" was not sent: ").expect("a sentence");
    mistake.to_owned()
}
