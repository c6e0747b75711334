//! Tables and views: their rows, new rows and changes.

use super::super::catalog::{Column, OnInsert, Relation};
use super::super::names;
use super::super::rust_type::Place;
use super::scope::RelationIdentifiers;
use super::writer::{Writer, literal};
use super::{DERIVES, OPTIONAL, Renderer, docs, field, rename};

const LONGEST_CONVERSION: usize = 80;
const WITH_DEFAULT: &str =
    "#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]";

impl Renderer<'_> {
    pub(super) fn relations(&self, writer: &mut Writer) {
        for (relation, names) in self.schema.relations.iter().zip(&self.names.relations) {
            writer.blank();
            self.row(writer, relation, names);
            if relation.is_insertable {
                writer.blank();
                self.insert(writer, relation, names);
            }
            if relation.is_updatable && relation.columns.iter().any(|column| column.is_updatable) {
                writer.blank();
                self.update(writer, relation, names);
            }
        }
    }

    fn row(&self, writer: &mut Writer, relation: &Relation, names: &RelationIdentifiers) {
        let kind = if relation.is_view { "view" } else { "table" };
        let usual = format!("A row of the {kind} `{}`.", relation.name);
        docs(writer, relation.comment.as_deref(), &usual);
        if relation.columns.is_empty() {
            return self.row_without_columns(writer, relation, names);
        }
        let row = DERIVES.replace(")]", ", supabase_task::Row)]");
        writer.line(&row);
        let names_in_database = [
            format!("table = {}", literal(&relation.name)),
            format!("schema = {}", literal(&self.schema.name)),
        ];
        writer.attribute("row", &names_in_database);
        writer.block(&format!("pub struct {}", names.row), |writer| {
            for (column, identifier) in relation.columns.iter().zip(fields(&relation.columns)) {
                docs(writer, column.comment.as_deref(), "");
                rename(writer, &identifier, &column.name);
                let mut r#type = self.rust_type(&column.r#type, Place::Column);
                if let Some(cast) = r#type.cast {
                    writer.attribute("row", &[format!("cast = {}", literal(cast))]);
                }
                if column.is_nullable {
                    r#type.text = format!("Option<{}>", r#type.text);
                }
                field(writer, &identifier, &r#type.text);
            }
        });
    }

    /// `#[derive(Row)]` needs a field. These rows select `*`, and columns added later are ignored.
    fn row_without_columns(
        &self,
        writer: &mut Writer,
        relation: &Relation,
        names: &RelationIdentifiers,
    ) {
        writer.line(DERIVES);
        writer.block(&format!("pub struct {}", names.row), |_| {});
        writer.blank();
        writer.implementation("supabase_task::client::Row", &names.row, |writer| {
            for (constant, value) in [
                ("TABLE", relation.name.as_str()),
                ("SCHEMA", &self.schema.name),
                ("SELECT", "*"),
            ] {
                let head = format!("const {constant}: &'static str =");
                writer.broken(&head, &format!("{};", literal(value)));
            }
        });
    }

    fn insert(&self, writer: &mut Writer, relation: &Relation, names: &RelationIdentifiers) {
        let columns: Vec<(&Column, String)> = relation
            .columns
            .iter()
            .zip(fields(&relation.columns))
            .filter(|(column, _)| column.on_insert != OnInsert::Never)
            .collect();
        let is_required = |column: &Column| column.on_insert == OnInsert::Required;
        let has_required = columns.iter().any(|(column, _)| is_required(column));
        writer.docs(&format!(
            "A new row of [`{}`]. The database fills in fields that are `None`.",
            names.row
        ));
        writer.line(if has_required { DERIVES } else { WITH_DEFAULT });
        writer.block(&format!("pub struct {}", names.insert), |writer| {
            for (column, identifier) in &columns {
                docs(writer, column.comment.as_deref(), "");
                rename(writer, identifier, &column.name);
                let r#type = self.rust_type(&column.r#type, Place::Sent).text;
                if is_required(column) {
                    field(writer, identifier, &r#type);
                } else {
                    writer.line(OPTIONAL);
                    field(writer, identifier, &format!("Option<{type}>"));
                }
            }
        });
        if has_required {
            writer.blank();
            self.new_row(writer, &columns, names);
        }
        writer.blank();
        write_link(writer, "InsertRow", &names.insert, &names.row);
    }

    /// Writes `new`, which takes the required columns.
    fn new_row(
        &self,
        writer: &mut Writer,
        columns: &[(&Column, String)],
        names: &RelationIdentifiers,
    ) {
        let mut arguments = Vec::new();
        let mut values = Vec::new();
        for (column, identifier) in columns {
            if column.on_insert != OnInsert::Required {
                values.push(format!("{identifier}: None"));
                continue;
            }
            let r#type = self.rust_type(&column.r#type, Place::Sent).text;
            let converted = format!("{identifier}: {identifier}.into()");
            // A conversion that is too long for a line has no form that rustfmt would leave unchanged.
            if r#type == "String" && converted.len() <= LONGEST_CONVERSION {
                arguments.push(format!("{identifier}: impl Into<String>"));
                values.push(converted);
            } else {
                arguments.push(format!("{identifier}: {type}"));
                values.push(identifier.clone());
            }
        }
        writer.block(&format!("impl {}", names.insert), |writer| {
            writer.line("/// Creates a row from its required columns. The rest is `None`.");
            writer.arguments("pub fn new", &arguments, " -> Self {");
            writer.body(|writer| writer.structure("Self", &values));
        });
    }

    fn update(&self, writer: &mut Writer, relation: &Relation, names: &RelationIdentifiers) {
        let row = &names.row;
        writer.docs(&format!(
            "Changes to rows of [`{row}`]. Fields that are `None` stay unchanged.\n\
             `Some(None)` clears a column that can be NULL."
        ));
        writer.line(WITH_DEFAULT);
        writer.block(&format!("pub struct {}", names.update), |writer| {
            for (column, identifier) in relation.columns.iter().zip(fields(&relation.columns)) {
                if !column.is_updatable {
                    continue;
                }
                docs(writer, column.comment.as_deref(), "");
                rename(writer, &identifier, &column.name);
                writer.line(OPTIONAL);
                let mut r#type = self.rust_type(&column.r#type, Place::Sent).text;
                if column.is_nullable {
                    let nullable = "supabase_task::client::types::nullable";
                    writer.line(&format!("#[serde(deserialize_with = \"{nullable}\")]"));
                    r#type = format!("Option<{type}>");
                }
                field(writer, &identifier, &format!("Option<{type}>"));
            }
        });
        writer.blank();
        write_link(writer, "UpdateRow", &names.update, row);
    }
}

/// Links an insert or update to its row.
fn write_link(writer: &mut Writer, r#trait: &str, of: &str, row: &str) {
    let r#trait = format!("supabase_task::client::{trait}");
    writer.implementation(&r#trait, of, |writer| {
        writer.line(&format!("type Row = {row};"));
    });
}

fn fields(columns: &[Column]) -> Vec<String> {
    names::fields(columns.iter().map(|column| column.name.as_str()))
}
