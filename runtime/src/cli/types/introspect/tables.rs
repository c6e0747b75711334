//! Tables, views and composite types.

use super::rows::{ColumnRow, RelationRow};
use super::schema_mut;
use super::types::Types;
use crate::cli::types::catalog::{Catalog, Column, Composite, Field, OnInsert, Relation};

const UPDATE: i32 = 1 << 2;
const INSERT: i32 = 1 << 3;

pub(super) fn add(catalog: &mut Catalog, row: RelationRow, types: &Types) {
    let Some(schema) = schema_mut(catalog, &row.schema) else {
        return;
    };
    if row.kind == 'c' {
        let fields = row.columns.into_iter().map(|column| Field {
            r#type: types.get(column.r#type),
            name: column.name,
            comment: column.comment,
        });
        schema.composites.push(Composite {
            name: row.name,
            comment: row.comment,
            fields: fields.collect(),
        });
        return;
    }
    let is_view = matches!(row.kind, 'v' | 'm');
    let inserts_all = writes_all(INSERT, &row);
    let updates_all = writes_all(UPDATE, &row);
    schema.relations.push(Relation {
        name: row.name,
        comment: row.comment,
        is_view,
        is_insertable: row.writable & INSERT != 0,
        is_updatable: row.writable & UPDATE != 0,
        columns: row
            .columns
            .into_iter()
            .map(|row| column(row, types, is_view, inserts_all, updates_all))
            .collect(),
    });
}

/// Whether a command can write every column, and not only those that a view passes on unchanged.
fn writes_all(command: i32, row: &RelationRow) -> bool {
    // A trigger or a rule accepts every column. If no column is updatable, the view is over another view
    // that has triggers, and nothing is known about its columns.
    let is_replaced = row.instead & command != 0;
    is_replaced || !row.columns.iter().any(|column| column.is_updatable)
}

fn column(
    row: ColumnRow,
    types: &Types,
    is_view: bool,
    inserts_all: bool,
    updates_all: bool,
) -> Column {
    let of_domain = types.of_domain(row.r#type);
    // An outer join gives NULL also for a domain that is never NULL in a table.
    let is_nullable = is_view || !(row.is_not_null || of_domain.is_not_null);
    let is_written_by_database = row.is_generated || row.identity == "a";
    let has_default = row.has_default || of_domain.has_default || row.identity == "d";
    let is_left_out = is_written_by_database || !(inserts_all || row.is_updatable);
    let on_insert = match (is_left_out, is_nullable || has_default) {
        (true, _) => OnInsert::Never,
        (false, true) => OnInsert::Optional,
        (false, false) => OnInsert::Required,
    };
    Column {
        is_nullable,
        on_insert,
        is_updatable: !is_written_by_database && (updates_all || row.is_updatable),
        r#type: types.get(row.r#type),
        name: row.name,
        comment: row.comment,
    }
}
