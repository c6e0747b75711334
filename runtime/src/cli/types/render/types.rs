//! Enums and composite types.

use super::super::catalog::Enum;
use super::super::names;
use super::writer::{Writer, literal};
use super::{DERIVES, Renderer, docs, rename};

impl Renderer<'_> {
    pub(super) fn enums(&self, writer: &mut Writer) {
        for (r#enum, identifier) in self.schema.enums.iter().zip(&self.names.enums) {
            writer.blank();
            write_enum(writer, r#enum, identifier);
        }
    }

    pub(super) fn composites(&self, writer: &mut Writer) {
        for (composite, identifier) in self.schema.composites.iter().zip(&self.names.composites) {
            writer.blank();
            let usual = format!("The composite type `{}`.", composite.name);
            docs(writer, composite.comment.as_deref(), &usual);
            self.nullable_struct(writer, identifier, &composite.fields);
        }
    }
}

fn write_enum(writer: &mut Writer, r#enum: &Enum, identifier: &str) {
    let variants = names::variants(r#enum.labels.iter().map(String::as_str));
    let usual = format!("The enum `{}`.", r#enum.name);
    docs(writer, r#enum.comment.as_deref(), &usual);
    writer.line(&DERIVES.replace("PartialEq", "Copy, PartialEq, Eq, Hash"));
    writer.block(&format!("pub enum {identifier}"), |writer| {
        for (label, variant) in r#enum.labels.iter().zip(&variants) {
            rename(writer, variant, label);
            writer.line(&format!("{variant},"));
        }
    });

    writer.blank();
    writer.block(&format!("impl {identifier}"), |writer| {
        writer.line("/// The label in the database.");
        writer.block("pub fn as_str(&self) -> &'static str", |writer| {
            if variants.is_empty() {
                return writer.line("match *self {}");
            }
            writer.block("match self", |writer| {
                for (label, variant) in r#enum.labels.iter().zip(&variants) {
                    let arm = format!("Self::{variant} => {},", literal(label));
                    if writer.fits(&arm) {
                        writer.line(&arm);
                    } else {
                        writer.block(&format!("Self::{variant} =>"), |writer| {
                            writer.line(&literal(label));
                        });
                    }
                }
            });
        });
    });

    writer.blank();
    let r#trait = "supabase_task::client::FilterValue";
    writer.implementation(r#trait, identifier, |writer| {
        writer.block("fn write_to(&self, text: &mut String)", |writer| {
            writer.line("text.push_str(self.as_str());");
        });
    });
}
