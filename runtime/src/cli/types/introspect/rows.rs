//! The rows that the catalog's queries return.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct TypeRow {
    pub(super) oid: i64,
    pub(super) schema: String,
    pub(super) name: String,
    /// `typtype`: base, composite, domain, enum, pseudo, range, multirange.
    pub(super) kind: char,
    pub(super) element: Option<i64>,
    pub(super) base: Option<i64>,
    pub(super) relation_kind: Option<char>,
    pub(super) is_not_null: bool,
    pub(super) has_default: bool,
    pub(super) is_of_extension: bool,
    pub(super) labels: Option<Vec<String>>,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct RelationRow {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: char,
    pub(super) comment: Option<String>,
    pub(super) writable: i32,
    pub(super) instead: i32,
    pub(super) columns: Vec<ColumnRow>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct ColumnRow {
    pub(super) name: String,
    pub(super) r#type: i64,
    pub(super) is_not_null: bool,
    pub(super) has_default: bool,
    /// `a` for `generated always as identity`, `d` for `by default`.
    pub(super) identity: String,
    pub(super) is_generated: bool,
    pub(super) is_updatable: bool,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct FunctionRow {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) signature: String,
    pub(super) comment: Option<String>,
    pub(super) argument_names: Option<Vec<String>>,
    pub(super) argument_modes: Option<Vec<char>>,
    pub(super) argument_types: Vec<i64>,
    pub(super) defaults: usize,
    pub(super) returns: i64,
    pub(super) is_set: bool,
}
