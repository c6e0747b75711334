//! A column as SQL: qualified, with its JSON path, cast and aggregate.

use postrust_core::SchemaCache;
use postrust_core::api_request::{AggregateFunction, Field, JsonOperand, JsonOperation};
use postrust_core::schema_cache::{Column, Table};
use postrust_sql::{escape_ident, quote_literal};

/// A column of `select`, except for embeds.
pub(super) struct Selected {
    pub(super) field: Field,
    pub(super) cast: Option<String>,
    pub(super) aggregate: Option<AggregateFunction>,
    pub(super) aggregate_cast: Option<String>,
    /// Its key in the row, if that is not the name PostgreSQL gives it.
    pub(super) alias: Option<String>,
}

impl Selected {
    pub(super) fn named(name: &str) -> Self {
        Self {
            field: Field::simple(name),
            cast: None,
            aggregate: None,
            aggregate_cast: None,
            alias: None,
        }
    }

    /// Its key in the row.
    pub(super) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.field.name)
    }

    /// Returns the column as it is in a `SELECT`.
    pub(super) fn sql(&self, of: &Columns<'_>) -> String {
        let mut sql = of.rendered(&self.field);
        if let Some(cast) = &self.cast {
            sql = cast_to(&sql, cast);
        }
        if let Some(aggregate) = &self.aggregate {
            // postrust's name for `count()`, which counts the rows.
            let of = if self.field.name.is_empty() {
                "*"
            } else {
                &sql
            };
            sql = format!("{}({of})", aggregate.to_sql());
            if let Some(cast) = &self.aggregate_cast {
                sql = cast_to(&sql, cast);
            }
        }
        match &self.alias {
            Some(alias) => format!("{sql} AS {}", escape_ident(alias)),
            None => sql,
        }
    }

    /// Returns what `GROUP BY` needs beside an aggregate, if this is none itself.
    pub(super) fn group(&self, of: &Columns<'_>) -> Option<String> {
        match (&self.aggregate, &self.alias) {
            (Some(_), _) => None,
            (None, Some(alias)) => Some(escape_ident(alias)),
            (None, None) => Some(of.plain(&self.field)),
        }
    }
}

/// The parser of `select` accepts only names of types here.
fn cast_to(sql: &str, data_type: &str) -> String {
    format!("CAST( {sql} AS {data_type} )")
}

/// The columns that a part of the statement has in scope.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    /// What qualifies them, such as `"public"."todos"`.
    pub(super) row: &'a str,
    /// What is known about them.
    pub(super) table: Option<&'a Table>,
    pub(super) schema: &'a SchemaCache,
}

impl<'a> Columns<'a> {
    pub(super) fn column(&self, name: &str) -> Option<&'a Column> {
        self.table?.get_column(name)
    }

    /// Returns the column with its JSON path. A computed column is written as any other: PostgreSQL calls
    /// the function, and so it counts rows for `count`.
    pub(super) fn plain(&self, field: &Field) -> String {
        let name = match field.name.as_str() {
            "*" => "*".to_owned(),
            name => escape_ident(name),
        };
        let column = format!("{}.{name}", self.row);
        if field.json_path.is_empty() {
            return column;
        }
        let is_json = self
            .column(&field.name)
            .is_some_and(|column| matches!(column.nominal_type.as_str(), "json" | "jsonb"));
        let path = json_path(&field.json_path);
        match is_json {
            true => column + &path,
            false => format!("to_jsonb({column}){path}"),
        }
    }

    /// The same, as the schema says that a domain is written in JSON.
    pub(super) fn rendered(&self, field: &Field) -> String {
        let plain = self.plain(field);
        match self.representation(&field.name) {
            Some(function) => format!("{function}({plain})"),
            None => plain,
        }
    }

    /// The function that writes a column in JSON, if the schema has one.
    pub(super) fn representation(&self, name: &str) -> Option<&'a str> {
        let column = self.column(name)?;
        self.schema
            .representation(column.representation_type(), "json")
    }

    /// The function that reads a value of a filter, if the schema has one.
    pub(super) fn parser(&self, name: &str) -> Option<&'a str> {
        let column = self.column(name)?;
        self.schema
            .representation("text", column.representation_type())
    }
}

pub(super) fn json_path(path: &[JsonOperation]) -> String {
    let operand = |operand: &JsonOperand| match operand {
        JsonOperand::Key(key) => literal(key),
        JsonOperand::Idx(index) => format!("({index})"),
    };
    let steps = path.iter().map(|step| match step {
        JsonOperation::Arrow(to) => format!("->{}", operand(to)),
        JsonOperation::DoubleArrow(to) => format!("->>{}", operand(to)),
    });
    steps.collect()
}

/// The key that PostgREST gives to a value at a JSON path: the path's last name, or the column's.
pub(super) fn json_path_key(field: &Field) -> Option<&str> {
    let names = field.json_path.iter().rev().filter_map(|step| match step {
        JsonOperation::Arrow(JsonOperand::Key(key))
        | JsonOperation::DoubleArrow(JsonOperand::Key(key)) => Some(key.as_str()),
        _ => None,
    });
    (!field.json_path.is_empty()).then(|| names.chain([field.name.as_str()]).next())?
}

/// A text of PostgreSQL has no zero byte: a request with one was refused.
pub(super) fn literal(value: &str) -> String {
    quote_literal(&value.replace('\0', ""))
}
