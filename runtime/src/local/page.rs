//! The page of a function that returns a set of values, such as `setof int`: postrust ignores `limit`
//! and `offset` there, and the limit of rows.

use http::Request;
use postrust_core::api_request::parse_query_params;
use postrust_core::{AppConfig, QualifiedIdentifier, SchemaCache};

/// Returns the SQL that ends the query, empty if postrust writes it itself.
pub(super) fn of_values<B>(
    request: &Request<B>,
    config: &AppConfig,
    schema: &SchemaCache,
) -> String {
    let Some(name) = request.uri().path().strip_prefix("/rpc/") else {
        return String::new();
    };
    let returns_values = config.db_schemas.iter().any(|schema_name| {
        let function = QualifiedIdentifier::new(schema_name, name);
        let mut overloads = schema.get_routines(&function).into_iter().flatten();
        overloads.any(|routine| {
            routine.return_type.is_set_returning() && schema.returned_table(routine).is_none()
        })
    });
    let query = request.uri().query().unwrap_or_default();
    let Some(query) = returns_values
        .then(|| parse_query_params(query, true).ok())
        .flatten()
    else {
        return String::new();
    };
    let (limit, offset) = match query.ranges.get("") {
        Some(range) => (range.limit, range.offset.max(0)),
        None => (None, 0),
    };
    match limit.into_iter().chain(config.db_max_rows).min() {
        Some(limit) => format!(" LIMIT {limit} OFFSET {offset}"),
        None => format!(" OFFSET {offset}"),
    }
}
