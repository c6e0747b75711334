//! `--type pg_type=rust::Type`: types that replace the usual ones.

use std::collections::HashMap;
use std::str::FromStr;

use super::catalog::{Name, Type};

/// Rust types by the name of the PostgreSQL type they stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides(HashMap<String, Override>);

/// One `pg_type=rust::Type`, or `pg_type::text=rust::Type` for one that is read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    pg_type: String,
    pub(super) rust_type: String,
    pub(super) as_text: bool,
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (pg_type, rust_type) = text.split_once('=').unwrap_or_default();
        let (pg_type, rust_type) = (pg_type.trim(), rust_type.trim());
        let (pg_type, as_text) = match pg_type.strip_suffix("::text") {
            Some(pg_type) => (pg_type, true),
            None => (pg_type, false),
        };
        if pg_type.is_empty() || rust_type.is_empty() || rust_type.contains(char::is_control) {
            return Err("write `pg_type=rust::Type`, such as `numeric=f64`".to_owned());
        }
        Ok(Self {
            pg_type: canonical(pg_type),
            rust_type: rust_type.to_owned(),
            as_text,
        })
    }
}

impl FromIterator<Override> for Overrides {
    fn from_iter<I: IntoIterator<Item = Override>>(overrides: I) -> Self {
        let by_name = overrides
            .into_iter()
            .map(|given| (given.pg_type.clone(), given));
        Self(by_name.collect())
    }
}

impl Overrides {
    /// Returns the override for `type` itself, if there is one.
    pub(super) fn of(&self, r#type: &Type) -> Option<&Override> {
        let with_suffix = |r#type: &Type, suffix: &str| match r#type {
            Type::Builtin(name) => self.0.get(&format!("{name}{suffix}")),
            Type::Enum(name)
            | Type::Composite(name)
            | Type::Row(name)
            | Type::Domain(name, _)
            | Type::Unknown(name) => {
                let Name { schema, name } = name;
                let qualified = self.0.get(&format!("{schema}.{name}{suffix}"));
                qualified.or_else(|| self.0.get(&format!("{name}{suffix}")))
            }
            Type::Array(_) => None,
        };
        match r#type {
            Type::Array(element) => with_suffix(element, "[]"),
            other => with_suffix(other, ""),
        }
    }
}

/// Returns the catalog's name of a type that SQL names differently: `int8` for `bigint`. Drops a modifier
/// in parentheses and keeps `[]`.
pub(super) fn canonical(name: &str) -> String {
    let (name, array) = match name.strip_suffix("[]") {
        Some(element) => (element, "[]"),
        None => (name, ""),
    };
    let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
    let without_modifier = match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", name[..open].trim_end(), &name[close + 1..])
        }
        _ => name.to_owned(),
    };
    let canonical = match without_modifier.as_str() {
        "bigint" => "int8",
        "integer" | "int" => "int4",
        "smallint" => "int2",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "decimal" => "numeric",
        "character varying" => "varchar",
        "character" => "bpchar",
        "bit varying" => "varbit",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        other => other,
    };
    format!("{canonical}{array}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_any_of_its_names() {
        for (name, expected) in [
            ("bigint", "int8"),
            ("timestamp(3) with time zone", "timestamptz"),
            ("numeric(10,2)", "numeric"),
            ("character varying[]", "varchar[]"),
            ("pg_catalog.int4", "int4"),
            ("public.mood", "public.mood"),
        ] {
            assert_eq!(canonical(name), expected);
        }
    }

    #[test]
    fn the_nearest_name_wins() {
        let overrides: Overrides = [
            "email=a::Email",
            "auth.email=b::Email",
            "numeric[]=Vec<f64>",
        ]
        .iter()
        .map(|text| text.parse::<Override>().unwrap())
        .collect();
        let of = |r#type: &Type| overrides.of(r#type).map(|found| found.rust_type.as_str());
        let text = || Box::new(Type::Builtin("text".to_owned()));
        let numeric = Type::Builtin("numeric".to_owned());

        let domain = Type::Domain(Name::new("public", "email"), text());
        assert_eq!(of(&domain), Some("a::Email"));
        let domain = Type::Domain(Name::new("auth", "email"), text());
        assert_eq!(of(&domain), Some("b::Email"));
        assert_eq!(of(&numeric), None);
        assert_eq!(of(&Type::Array(Box::new(numeric))), Some("Vec<f64>"));
    }

    #[test]
    fn what_is_no_override_is_refused_with_an_example() {
        for text in ["numeric", "=f64", "numeric=", "a=b\nc"] {
            let refused = text.parse::<Override>().unwrap_err();
            assert!(refused.contains("numeric=f64"), "{text}");
        }
        let as_text: Override = "numeric::text=Decimal".parse().unwrap();
        assert!(as_text.as_text);
        assert_eq!(as_text.pg_type, "numeric");
    }
}
