//! Functions: their arguments, and the rows they return.

use super::super::catalog::{Arguments, Function, Many, Returns, Type};
use super::super::names;
use super::super::rust_type::Place;
use super::scope::FunctionIdentifiers;
use super::writer::{Writer, literal};
use super::{DERIVES, OPTIONAL, Renderer, docs, field, rename};

const VALUE: &str = "supabase_task::client::types::Value";

impl Renderer<'_> {
    pub(super) fn functions(&self, writer: &mut Writer) {
        for (function, names) in self.schema.functions.iter().zip(&self.names.functions) {
            writer.blank();
            self.arguments(writer, function, names);
            if let Returns::Row(fields, _) = &function.returns {
                writer.blank();
                writer.docs(&format!("A row from the function `{}`.", function.name));
                self.nullable_struct(writer, &names.row, fields);
            }
            writer.blank();
            self.call(writer, function, names);
        }
    }

    fn arguments(&self, writer: &mut Writer, function: &Function, names: &FunctionIdentifiers) {
        let usual = format!("The arguments of the function `{}`.", function.name);
        docs(writer, function.comment.as_deref(), &usual);
        writer.line(DERIVES);
        let arguments = match &function.arguments {
            Arguments::Body => {
                writer.line("#[serde(transparent)]");
                return writer.line(&format!("pub struct {}(pub {VALUE});", names.arguments));
            }
            Arguments::Named(arguments) => arguments,
        };
        if arguments.is_empty() {
            return writer.line(&format!("pub struct {};", names.arguments));
        }
        writer.block(&format!("pub struct {}", names.arguments), |writer| {
            let names = arguments.iter().map(|argument| argument.name.as_str());
            for (argument, identifier) in arguments.iter().zip(names::fields(names)) {
                rename(writer, &identifier, &argument.name);
                let mut r#type = self.rust_type(&argument.r#type, Place::Sent).text;
                if argument.has_default {
                    writer.line(OPTIONAL);
                    r#type = format!("Option<{type}>");
                }
                field(writer, &identifier, &r#type);
            }
        });
    }

    fn call(&self, writer: &mut Writer, function: &Function, names: &FunctionIdentifiers) {
        let r#trait = "supabase_task::client::Function";
        writer.implementation(r#trait, &names.arguments, |writer| {
            let name = literal(&function.name);
            writer.broken("const NAME: &'static str =", &format!("{name};"));
            let schema = literal(&self.schema.name);
            writer.broken("const SCHEMA: &'static str =", &format!("{schema};"));
            self.select(writer, function);
            let returns = self.returns(function, names);
            writer.line(&format!("type Returns = {returns};"));
        });
    }

    fn returns(&self, function: &Function, names: &FunctionIdentifiers) -> String {
        let (r#type, many) = match &function.returns {
            Returns::Nothing => return "()".to_owned(),
            Returns::Row(_, many) => (names.row.clone(), many),
            Returns::Value(Type::Row(name), many) => {
                let row = self.scope.row(name);
                (row.unwrap_or_else(|| VALUE.to_owned()), many)
            }
            Returns::Value(r#type, many) => (self.rust_type(r#type, Place::Json).text, many),
        };
        match many {
            Many::One => r#type,
            Many::Set => format!("Vec<{type}>"),
        }
    }

    /// Selects the rows of a table as their type reads them, with its casts.
    fn select(&self, writer: &mut Writer, function: &Function) {
        if let Returns::Value(Type::Row(name), _) = &function.returns
            && let Some(row) = self.scope.row(name)
        {
            let list = format!("<{row} as supabase_task::client::Row>::SELECT;");
            writer.broken("const SELECT: &'static str =", &list);
        }
    }
}
