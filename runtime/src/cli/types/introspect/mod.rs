//! A catalog from the system tables of PostgreSQL.
//!
//! Each query returns one JSON text per row, so that it does not matter which types the connection can
//! decode. All queries run in one read-only transaction, without prepared statements: the catalog is a
//! consistent snapshot, and Supabase's pooler in transaction mode works too.

mod functions;
mod rows;
mod tables;
mod types;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use self::rows::{FunctionRow, RelationRow, TypeRow};
use self::types::Types;
use super::catalog::{Catalog, Schema};
use super::error::{GenerateError, Unreadable};
use crate::cli::database::DatabaseUrl;

const TYPES: &str = include_str!("types.sql");
const RELATIONS: &str = include_str!("relations.sql");
const FUNCTIONS: &str = include_str!("functions.sql");
const SCHEMAS: &str = "select json_build_object('name', nspname, 'comment', \
    pg_catalog.obj_description(oid, 'pg_namespace'))::text from pg_catalog.pg_namespace \
    where nspname !~ '^pg_(toast|temp)' order by nspname";

/// Reads the catalog of `schemas` from the database at `url`.
pub(super) async fn catalog(
    url: &DatabaseUrl,
    schemas: &[String],
) -> Result<Catalog, GenerateError> {
    let mut connection = url.connect("supabase-task gen types").await?;
    let catalog = read(&mut connection, schemas).await?;
    // Everything has been read; the server notices a connection that is gone.
    let _ = connection.close().await;
    Ok(catalog)
}

/// Reads the catalog of `schemas` over this connection, which is left in a transaction.
pub(super) async fn read(
    connection: &mut PgConnection,
    schemas: &[String],
) -> Result<Catalog, GenerateError> {
    for setting in [
        "begin isolation level repeatable read read only",
        "set local search_path = pg_catalog",
    ] {
        sqlx::raw_sql(setting)
            .execute(&mut *connection)
            .await
            .map_err(GenerateError::Query)?;
    }
    let existing: Vec<SchemaRow> = rows(connection, "schema", SCHEMAS, None).await?;
    let types: Vec<TypeRow> = rows(connection, "type", TYPES, None).await?;
    let relations: Vec<RelationRow> = rows(connection, "table", RELATIONS, Some(schemas)).await?;
    let functions: Vec<FunctionRow> =
        rows(connection, "function", FUNCTIONS, Some(schemas)).await?;

    let types = Types::new(types);
    let mut catalog = Catalog::default();
    for name in schemas {
        let Some(schema) = existing.iter().find(|schema| schema.name == *name) else {
            let names = existing.into_iter().map(|schema| schema.name);
            let of_users =
                names.filter(|name| name != "information_schema" && name != "pg_catalog");
            return Err(GenerateError::no_schema(name, of_users));
        };
        catalog.schemas.push(Schema {
            name: name.clone(),
            comment: schema.comment.clone(),
            enums: types.enums(name),
            ..Schema::default()
        });
    }
    for relation in relations {
        tables::add(&mut catalog, relation, &types);
    }
    for function in functions {
        functions::add(&mut catalog, function, &types);
    }
    functions::leave_out_ambiguous(&mut catalog);
    Ok(catalog.sorted())
}

#[derive(Debug, serde::Deserialize)]
#[serde(expecting = "an object")]
struct SchemaRow {
    name: String,
    comment: Option<String>,
}

async fn rows<T: DeserializeOwned>(
    connection: &mut PgConnection,
    kind: &str,
    sql: &'static str,
    schemas: Option<&[String]>,
) -> Result<Vec<T>, GenerateError> {
    let mut query = sqlx::query_scalar::<_, String>(sql).persistent(false);
    if let Some(schemas) = schemas {
        query = query.bind(schemas);
    }
    let texts = query
        .fetch_all(connection)
        .await
        .map_err(GenerateError::Query)?;
    texts.iter().map(|text| row(kind, text)).collect()
}

/// Parses one row. The error names the entry of the catalog that cannot be read.
fn row<T: DeserializeOwned>(kind: &str, text: &str) -> Result<T, GenerateError> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let row: Value = serde_json::from_str(text).unwrap_or_default();
        let [schema, name] = ["schema", "name"].map(|key| row[key].as_str().unwrap_or("?"));
        GenerateError::Entry {
            entry: format!("{kind} `{schema}.{name}`"),
            problem: Unreadable::from(&error),
        }
    })
}

/// Returns the requested schema `name`.
fn schema_mut<'a>(catalog: &'a mut Catalog, name: &str) -> Option<&'a mut Schema> {
    catalog
        .schemas
        .iter_mut()
        .find(|schema| schema.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_cannot_be_read_is_named_without_internal_names() {
        let relation = |columns: Value| {
            serde_json::json!({
                "schema": "public", "name": "todos", "kind": "r", "comment": null, "writable": 28,
                "instead": 0, "columns": columns,
            })
            .to_string()
        };
        for (text, expected) in [
            (
                relation(Value::Null),
                "at `columns`: found null where an array is expected",
            ),
            (
                relation(serde_json::json!([1])),
                "at `columns[0]`: found a number where an object is expected",
            ),
            (
                relation(serde_json::json!([{}])),
                "at `columns[0]`: missing field `name`",
            ),
        ] {
            let error = row::<RelationRow>("table", &text).unwrap_err().to_string();
            assert!(
                error.contains("has the table `public.todos` in a form"),
                "{error}"
            );
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("Row"), "{error}");
        }
        let error = row::<TypeRow>("type", "7").unwrap_err().to_string();
        assert!(
            error.contains("the type `?.?`") && error.contains("found a number"),
            "{error}"
        );
    }
}
