//! [`DeclaredRole`]: a role as this program declares it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::auth::{Grant, Privilege, linked_roles};
use crate::cli::error::CommandError;
use crate::cli::identifier::identifier;

/// A role, with all that is declared for its name.
#[derive(Debug)]
pub(super) struct DeclaredRole {
    pub(super) name: &'static str,
    /// Where it is declared.
    pub(super) places: Vec<String>,
    pub(super) tables: BTreeMap<Table, Rights>,
}

/// A table, view or sequence. Displayed as SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    pub(super) schema: String,
    pub(super) name: String,
}

/// What a role may do with one table.
pub(super) type Rights = BTreeMap<Privilege, Columns>;

/// The columns that a privilege is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    All,
    Only(BTreeSet<String>),
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", identifier(&self.schema), identifier(&self.name))
    }
}

/// Returns the roles of this program by name, or an error if there is none.
pub(super) fn declared_roles() -> Result<Vec<DeclaredRole>, CommandError> {
    let mut roles: BTreeMap<&str, DeclaredRole> = BTreeMap::new();
    for entry in linked_roles() {
        let role = roles.entry(entry.name()).or_insert_with(|| DeclaredRole {
            name: entry.name(),
            places: Vec::new(),
            tables: BTreeMap::new(),
        });
        role.places.push(entry.location());
        for grant in entry.grants() {
            role.add(grant);
        }
    }
    if roles.is_empty() {
        return Err(CommandError::Refused(
            "no role is declared in this program: declare one with `#[derive(DatabaseRole)]`, and link a \
             library of roles with `use my_roles as _;`"
                .to_owned(),
        ));
    }
    let roles = roles.into_values().map(|mut role| {
        role.places.sort();
        role
    });
    Ok(roles.collect())
}

impl DeclaredRole {
    fn add(&mut self, grant: &Grant) {
        let table = Table {
            schema: grant.schema.to_owned(),
            name: grant.table.to_owned(),
        };
        let rights = self.tables.entry(table).or_default();
        let columns: BTreeSet<String> = grant.columns.iter().map(|name| column(name)).collect();
        let declared = rights
            .entry(grant.privilege)
            .or_insert_with(|| Columns::Only(BTreeSet::new()));
        match declared {
            _ if columns.is_empty() => *declared = Columns::All,
            Columns::All => {}
            Columns::Only(all) => all.extend(columns),
        }
    }

    /// The schemas of its tables.
    pub(super) fn schemas(&self) -> BTreeSet<&str> {
        self.tables
            .keys()
            .map(|table| table.schema.as_str())
            .collect()
    }
}

/// Returns the column that a name or a JSON path in PostgREST's notation is about.
fn column(written: &str) -> String {
    let Some(quoted) = written.strip_prefix('"') else {
        return written.split("->").next().unwrap_or_default().to_owned();
    };
    let mut name = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => name.extend(chars.next()),
            c => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_read_from_postgrests_notation() {
        for (written, name) in [
            ("status", "status"),
            ("meta->>city", "meta"),
            (r#""shipped at""#, "shipped at"),
            (r#""a \"b\" \\c"->>d"#, r#"a "b" \c"#),
        ] {
            assert_eq!(column(written), name);
        }
    }

    #[test]
    fn grants_of_one_table_are_put_together() {
        let grant = |privilege, columns| Grant {
            privilege,
            schema: "public",
            table: "orders",
            columns,
        };
        let mut role = DeclaredRole {
            name: "reporter",
            places: Vec::new(),
            tables: BTreeMap::new(),
        };
        role.add(&grant(Privilege::Update, &["status"]));
        role.add(&grant(Privilege::Update, &["note"]));
        role.add(&grant(Privilege::Select, &["id"]));
        role.add(&grant(Privilege::Select, &[]));
        role.add(&grant(Privilege::Select, &["status"]));
        let rights: Vec<_> = role.tables.into_values().collect();
        let only = ["note", "status"].map(str::to_owned).into_iter().collect();
        let expected = Rights::from([
            (Privilege::Select, Columns::All),
            (Privilege::Update, Columns::Only(only)),
        ]);
        assert_eq!(rights, [expected]);
    }
}
