//! Null as an argument of a function, which postrust would pass as an empty text.
//!
//! Before postrust, each null becomes a text that no argument can be, as PostgreSQL has no text with a
//! zero byte. After it, the text becomes null again.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request};
use postrust_core::{AppConfig, SchemaCache};
use postrust_sql::SqlParam;
use serde_json::{Map, Value};

/// What stands for null: as a text, as an element of an array, and in JSON.
const NULL: &str = "\0null";
const NULL_ELEMENT: &str = "\"\0null\"";
const NULL_IN_JSON: &str = "\"\\u0000null\"";

/// Whether `request` calls a function with named arguments in its body.
pub(super) fn has_arguments(
    request: &Request<Bytes>,
    config: &AppConfig,
    schema: &SchemaCache,
) -> bool {
    let Some(name) = request.uri().path().strip_prefix("/rpc/") else {
        return false;
    };
    // A function whose only parameter has no name takes the whole body.
    let takes_body = |schema_name: &String| {
        let function = postrust_core::QualifiedIdentifier::new(schema_name, name);
        let overloads = schema.get_routines(&function).into_iter().flatten();
        overloads
            .map(|routine| routine.params.as_slice())
            .any(|parameters| matches!(parameters, [only] if only.name.is_empty()))
    };
    *request.method() == Method::POST && !config.db_schemas.iter().any(takes_body)
}

/// Replaces each null in the arguments of `request`.
pub(super) fn replace_nulls(request: &mut Request<Bytes>) {
    if let Some(replaced) = replaced(request.body()) {
        request.headers_mut().remove(CONTENT_LENGTH);
        *request.body_mut() = replaced;
    }
}

fn replaced(body: &[u8]) -> Option<Bytes> {
    let mut arguments: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let mut found = false;
    for argument in arguments.values_mut() {
        match argument {
            Value::Array(elements) => elements.iter_mut().for_each(|it| found |= replace(it)),
            argument => found |= replace(argument),
        }
    }
    found.then(|| Value::Object(arguments).to_string().into())
}

fn replace(value: &mut Value) -> bool {
    let is_null = value.is_null();
    if is_null {
        *value = NULL.into();
    }
    is_null
}

/// Returns `params` with each null in its place again.
pub(super) fn with_nulls(params: &[SqlParam]) -> Cow<'_, [SqlParam]> {
    let stands_for_null = |param: &SqlParam| matches!(param, SqlParam::Text(text) if text.contains('\0') || text.contains(NULL_IN_JSON));
    if !params.iter().any(stands_for_null) {
        return params.into();
    }
    let restored = params.iter().map(|param| match param {
        SqlParam::Text(text) if text == NULL || text == NULL_IN_JSON => SqlParam::Null,
        SqlParam::Text(text) => {
            let text = text.replace(NULL_ELEMENT, "NULL");
            SqlParam::Text(text.replace(NULL_IN_JSON, "null"))
        }
        other => other.clone(),
    });
    restored.collect()
}
