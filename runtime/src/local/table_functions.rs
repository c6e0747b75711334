//! Functions that return columns of their own, as `returns table (…)` does.
//!
//! postrust ignores `select`, filters, `order` and `limit` on their rows, as it knows no table with these
//! columns. So each gets such a table, under a name that no table has.

use postrust_core::schema_cache::{Column, RetType, Routine, Table};
use postrust_core::{QualifiedIdentifier, SchemaCache};

const PREFIX: &str = "supabase_task_rows_";

/// Whether a table stands for the columns of a function.
pub(super) fn is_of_function(table: &Table) -> bool {
    table.name.starts_with(PREFIX)
}

/// Lets the rows of these functions be selected, filtered, ordered and limited.
pub(super) fn give_tables(schema: &mut SchemaCache) {
    for (number, routine) in schema.routines.values_mut().flatten().enumerate() {
        if routine.output_columns.is_empty() || routine.is_procedure {
            continue;
        }
        let table = table(routine, format!("{PREFIX}{number}"));
        routine.return_type = match routine.return_type.is_set_returning() {
            true => RetType::SetOf(table.name.clone()),
            false => RetType::Single(table.name.clone()),
        };
        // postrust takes a single `out` parameter for a nameless value if it cannot decode its type.
        routine.returns_composite = true;
        let name = QualifiedIdentifier::new(&table.schema, &table.name);
        schema.tables.insert(name, table);
    }
}

fn table(routine: &Routine, name: String) -> Table {
    let columns = routine.output_columns.iter().zip(1..);
    let columns = columns.map(|((name, data_type), position)| {
        let column = Column {
            name: name.clone(),
            description: None,
            nullable: true,
            data_type: data_type.clone(),
            nominal_type: catalog_name(data_type),
            domain_type: None,
            max_len: None,
            default: None,
            enum_values: Vec::new(),
            is_pk: false,
            position,
            always_generated: false,
        };
        (name.clone(), column)
    });
    Table {
        schema: routine.schema.clone(),
        name,
        description: None,
        is_view: false,
        is_partitioned: false,
        insertable: false,
        updatable: false,
        deletable: false,
        pk_cols: Vec::new(),
        unique_constraints: Vec::new(),
        columns: columns.collect(),
        computed_columns: Default::default(),
    }
}

/// The name of a type in the catalog, such as `_int4`: postrust casts to it what it compares with.
fn catalog_name(data_type: &str) -> String {
    if let Some(element) = data_type.strip_suffix("[]") {
        return format!("_{}", catalog_name(element));
    }
    let name = match data_type {
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "character varying" => "varchar",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        other => other,
    };
    name.to_owned()
}
