//! Compares a role with its declaration.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{LiveRole, LiveTable};
use super::declared::{Columns, DeclaredRole, Rights, Table};
use super::statement::{self, AUTHENTICATOR};
use crate::auth::Privilege;
use crate::cli::identifier::identifier;

/// A difference, or something to look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// With the statement that mends it.
    Missing(String, String),
    /// With the statement that mends it.
    TooMuch(String, String),
    /// No statement mends it.
    Wrong(String),
    /// Not a difference.
    Warning(String),
}

/// Returns all differences. `login` must be a member of the role as well.
pub(super) fn compare(
    declared: &DeclaredRole,
    live: &LiveRole,
    tables: &BTreeMap<Table, LiveTable>,
    login: Option<&str>,
) -> Vec<Finding> {
    let mut comparison = Comparison {
        declared,
        live,
        tables,
        findings: Vec::new(),
    };
    comparison.role(login);
    comparison.schemas();
    for (table, rights) in &declared.tables {
        comparison.table(table, rights);
    }
    comparison.too_much();
    comparison.policies();
    comparison.findings
}

struct Comparison<'a> {
    declared: &'a DeclaredRole,
    live: &'a LiveRole,
    tables: &'a BTreeMap<Table, LiveTable>,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn missing(&mut self, text: impl Into<String>, statement: String) {
        self.findings.push(Finding::Missing(text.into(), statement));
    }

    fn too_much_of(&mut self, text: impl Into<String>, statement: String) {
        self.findings.push(Finding::TooMuch(text.into(), statement));
    }

    /// The role itself, and its memberships.
    fn role(&mut self, login: Option<&str>) {
        let name = self.declared.name;
        match &self.live.attributes {
            None => self.missing("the role does not exist", statement::create(name)),
            Some(attributes) => {
                if attributes.can_login {
                    let mend = format!("alter role {} nologin;", identifier(name));
                    self.too_much_of("it can log in", mend);
                }
                for power in &attributes.powers {
                    let text = format!("it is {}", power.trim_start_matches("no"));
                    let mend = format!("alter role {} {power};", identifier(name));
                    self.too_much_of(text, mend);
                }
            }
        }
        for member in [Some(AUTHENTICATOR), login].into_iter().flatten() {
            if !self.live.members.contains(member) {
                let text = format!("`{member}` is not a member of it");
                self.missing(text, statement::grant_membership(name, member));
            }
        }
        for other in &self.live.member_of {
            let text = format!("it is a member of `{other}`");
            let mend = statement::revoke_membership(other, name);
            self.too_much_of(text, mend);
        }
    }

    fn schemas(&mut self) {
        let name = self.declared.name;
        for schema in self.declared.schemas() {
            if !self.live.usable.contains(schema) {
                let text = format!("it may not use the schema {}", identifier(schema));
                self.missing(text, statement::grant_usage(schema, name));
            }
        }
        for schema in &self.live.creates_in {
            let text = format!("it may create objects in the schema {}", identifier(schema));
            let mend = statement::revoke_create(schema, name);
            self.too_much_of(text, mend);
        }
        for table in &self.live.owns {
            let text = format!("it owns {table}, and so may do anything with it");
            let mend = format!("alter table {table} owner to postgres;");
            self.too_much_of(text, mend);
        }
    }

    /// What a role needs to use a table.
    fn table(&mut self, table: &Table, rights: &Rights) {
        let name = self.declared.name;
        let Some(live) = self.tables.get(table) else {
            self.findings.push(Finding::Wrong(format!(
                "there is no table {table}: create it in a migration before the grants, or correct the \
                 row's `#[row(table = \"…\")]`"
            )));
            return;
        };
        for (privilege, columns) in rights {
            if self.has(table, privilege.as_str(), None) {
                continue;
            }
            let lacking = match columns {
                Columns::All => Columns::All,
                Columns::Only(columns) => {
                    for unknown in columns.difference(&live.columns) {
                        self.findings.push(Finding::Wrong(format!(
                            "{table} has no column {}: correct the row's `#[row(column = \"…\")]`",
                            identifier(unknown)
                        )));
                    }
                    let lacks = |column: &&String| {
                        !self.has(table, privilege.as_str(), Some(column.as_str()))
                    };
                    let known = columns.intersection(&live.columns);
                    let lacking: BTreeSet<_> = known.filter(lacks).cloned().collect();
                    if lacking.is_empty() {
                        continue;
                    }
                    Columns::Only(lacking)
                }
            };
            let text = format!("it may not {}", act(privilege.as_str(), &lacking, table));
            let mend = statement::grant(*privilege, &lacking, table, name);
            self.missing(text, mend);
        }
        if rights.contains_key(&Privilege::Insert) {
            for sequence in &live.sequences {
                if !self.has(sequence, "usage", None) && !self.has(sequence, "update", None) {
                    let text = format!("it may not use the sequence {sequence} of {table}");
                    self.missing(text, statement::grant_sequence(sequence, name));
                }
            }
        }
    }

    /// Whether the role, or everyone, has a privilege on a table or on a column.
    fn has(&self, table: &Table, privilege: &str, column: Option<&str>) -> bool {
        self.live.granted.iter().any(|granted| {
            granted.table == *table
                && granted.privilege == privilege
                && granted.column.as_deref() == column
        })
    }

    /// Grants that are not declared.
    fn too_much(&mut self) {
        let mut columns: BTreeMap<(&Table, &str), BTreeSet<String>> = BTreeMap::new();
        for granted in &self.live.granted {
            let (table, privilege) = (&granted.table, granted.privilege.as_str());
            if granted.is_sequence {
                if !granted.is_public && !self.needs_sequence(table) {
                    let text = format!("it may use the sequence {table}");
                    let mend = statement::revoke_sequence(table, self.declared.name);
                    let finding = Finding::TooMuch(text, mend);
                    if !self.findings.contains(&finding) {
                        self.findings.push(finding);
                    }
                }
                continue;
            }
            let declared = self.rights(table, privilege);
            match (&granted.column, declared) {
                (_, Some(Columns::All)) => {}
                (_, None) if granted.is_public => self.public(table, privilege),
                (_, _) if granted.is_public => {}
                (None, None) => {
                    let text = format!("it may {}", act(privilege, &Columns::All, table));
                    let role = identifier(self.declared.name);
                    let mend = statement::revoke(privilege, None, table, &role);
                    self.too_much_of(text, mend);
                }
                (None, Some(Columns::Only(_))) => self.narrow(table, privilege),
                // The statement about the table takes the columns as well.
                (Some(_), _) if self.has_itself(table, privilege) => {}
                (Some(column), Some(Columns::Only(declared))) if declared.contains(column) => {}
                (Some(column), _) => {
                    let columns = columns.entry((table, privilege)).or_default();
                    columns.insert(column.clone());
                }
            }
        }
        for ((table, privilege), columns) in columns {
            let text = act(privilege, &Columns::Only(columns.clone()), table);
            let role = identifier(self.declared.name);
            let mend = statement::revoke(privilege, Some(&columns), table, &role);
            self.too_much_of(format!("it may {text}"), mend);
        }
    }

    /// What is declared for a privilege, by its name in SQL.
    fn rights(&self, table: &Table, privilege: &str) -> Option<&Columns> {
        let rights = self.declared.tables.get(table)?;
        let mut rights = rights.iter();
        rights
            .find(|(declared, _)| declared.as_str() == privilege)
            .map(|(_, columns)| columns)
    }

    /// Whether the role itself has a privilege on all of a table.
    fn has_itself(&self, table: &Table, privilege: &str) -> bool {
        self.live.granted.iter().any(|granted| {
            !granted.is_public
                && granted.table == *table
                && granted.privilege == privilege
                && granted.column.is_none()
        })
    }

    /// All of the table is granted, and only some columns are declared.
    fn narrow(&mut self, table: &Table, privilege: &str) {
        let Some(columns) = self.rights(table, privilege).cloned() else {
            return;
        };
        let Some(rights) = self.declared.tables.get(table) else {
            return;
        };
        let Some(known) = rights.keys().find(|known| known.as_str() == privilege) else {
            return;
        };
        let role = self.declared.name;
        let text = format!(
            "it may {}, and only some columns are declared",
            act(privilege, &Columns::All, table)
        );
        // Revoking a privilege on the table also revokes it on the columns.
        let mend = format!(
            "{} {}",
            statement::revoke(privilege, None, table, &identifier(role)),
            statement::grant(*known, &columns, table, role)
        );
        self.too_much_of(text, mend);
    }

    /// Everyone has a privilege that is not declared, on a table of a schema that the role uses.
    fn public(&mut self, table: &Table, privilege: &str) {
        if !self.declared.schemas().contains(table.schema.as_str()) {
            return;
        }
        let text = format!(
            "every role may {}, this one too",
            act(privilege, &Columns::All, table)
        );
        let finding = Finding::TooMuch(text, statement::revoke(privilege, None, table, "public"));
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Whether a sequence belongs to a table that the role may insert into.
    fn needs_sequence(&self, sequence: &Table) -> bool {
        self.declared.tables.iter().any(|(table, rights)| {
            rights.contains_key(&Privilege::Insert)
                && self
                    .tables
                    .get(table)
                    .is_some_and(|live| live.sequences.contains(sequence))
        })
    }

    /// Tables with Row Level Security whose policies leave the role without rows.
    fn policies(&mut self) {
        for (table, rights) in &self.declared.tables {
            if !self.tables.get(table).is_some_and(|live| live.has_rls) {
                continue;
            }
            let without: Vec<&str> = rights
                .keys()
                .filter(|privilege| !self.has_policy(table, **privilege))
                .map(|privilege| privilege.as_str())
                .collect();
            if !without.is_empty() {
                let role = identifier(self.declared.name);
                self.findings.push(Finding::Warning(format!(
                    "Row Level Security is on for {table}, and no policy for {} names this role or \
                     `public`, so no row is affected: `create policy … on {table} to {role} …;`",
                    without.join(", ")
                )));
            }
        }
    }

    fn has_policy(&self, table: &Table, privilege: Privilege) -> bool {
        let command = match privilege {
            Privilege::Select => "r",
            Privilege::Insert => "a",
            Privilege::Update => "w",
            Privilege::Delete => "d",
        };
        self.live.policies.iter().any(|policy| {
            policy.table == *table && [command, "*"].contains(&policy.command.as_str())
        })
    }
}

/// `read public.orders`, `update status, note of public.orders`.
fn act(privilege: &str, columns: &Columns, table: &Table) -> String {
    let verb = match (privilege, columns) {
        ("select", _) => "read",
        ("insert", Columns::All) => "insert into",
        ("delete", Columns::All) => "delete from",
        (other, _) => other,
    };
    match columns {
        Columns::All => format!("{verb} {table}"),
        Columns::Only(columns) => {
            let columns: Vec<_> = columns.iter().map(|name| identifier(name)).collect();
            format!("{verb} {} of {table}", columns.join(", "))
        }
    }
}
