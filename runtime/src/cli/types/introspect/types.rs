//! `pg_type`, looked up by oid.

use std::collections::HashMap;

use super::rows::TypeRow;
use crate::cli::types::catalog::{Enum, Name, Type};

pub(super) struct Types(HashMap<i64, TypeRow>);

/// Properties that domains add to a column's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OfDomain {
    pub(super) is_not_null: bool,
    pub(super) has_default: bool,
}

impl Types {
    pub(super) fn new(rows: Vec<TypeRow>) -> Self {
        Self(rows.into_iter().map(|row| (row.oid, row)).collect())
    }

    /// Returns the enums of `schema` that belong to no extension.
    pub(super) fn enums(&self, schema: &str) -> Vec<Enum> {
        self.0
            .values()
            .filter(|row| row.kind == 'e' && row.schema == schema && !row.is_of_extension)
            .map(|row| Enum {
                name: row.name.clone(),
                comment: row.comment.clone(),
                labels: row.labels.clone().unwrap_or_default(),
            })
            .collect()
    }

    pub(super) fn get(&self, oid: i64) -> Type {
        let Some(row) = self.0.get(&oid) else {
            return Type::Unknown(Name::new("", oid.to_string()));
        };
        let name = || Name::new(&row.schema, &row.name);
        if let Some(element) = row.element {
            return Type::Array(Box::new(self.get(element)));
        }
        match (row.kind, row.relation_kind, row.base) {
            ('d', _, Some(base)) => Type::Domain(name(), Box::new(self.get(base))),
            _ if row.is_of_extension => Type::Unknown(name()),
            _ if row.schema == "pg_catalog" => Type::Builtin(row.name.clone()),
            ('e', ..) => Type::Enum(name()),
            ('c', Some('c'), _) => Type::Composite(name()),
            ('c', ..) => Type::Row(name()),
            // Ranges are written in their text form, wherever they were defined.
            ('r' | 'm', ..) => Type::Builtin("text".to_owned()),
            _ => Type::Unknown(name()),
        }
    }

    /// A type that no JSON value can have: `anyelement`, `internal`. `record` and `void` can.
    pub(super) fn is_pseudo(&self, oid: i64) -> bool {
        self.0.get(&oid).is_some_and(|row| {
            row.kind == 'p' && !matches!(row.name.as_str(), "record" | "_record" | "void")
        })
    }

    pub(super) fn of_domain(&self, oid: i64) -> OfDomain {
        let mut of_domain = OfDomain::default();
        let mut next = Some(oid);
        while let Some(row) = next.and_then(|oid| self.0.get(&oid)) {
            of_domain.is_not_null |= row.is_not_null;
            of_domain.has_default |= row.has_default;
            next = row.base;
        }
        of_domain
    }
}
