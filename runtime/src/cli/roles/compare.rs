//! Compares a role with its declaration.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{Catalog, LiveRole};
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

/// Returns all differences, in an order in which their statements can be run: a new owner gets the rights of the
/// one before, and what is revoked may be granted to fewer after that. `login` must be a member of the role as well.
pub(super) fn compare(
    declared: &DeclaredRole,
    live: &LiveRole,
    catalog: &Catalog,
    login: Option<&str>,
) -> Vec<Finding> {
    let mut comparison = Comparison {
        declared,
        live,
        catalog,
        findings: Vec::new(),
    };
    comparison.owned();
    comparison.role(login);
    comparison.schemas();
    for (table, rights) in &declared.tables {
        comparison.table(table, rights);
    }
    comparison.too_much();
    comparison.policies();
    let mut findings = comparison.findings;
    findings.sort_by_key(|finding| match finding {
        Finding::TooMuch(..) => 0,
        Finding::Missing(..) => 1,
        Finding::Wrong(_) => 2,
        Finding::Warning(_) => 3,
    });
    if live.attributes.is_none() {
        let create = statement::create(declared.name);
        findings.insert(
            0,
            Finding::Missing("the role does not exist".to_owned(), create),
        );
    }
    findings
}

struct Comparison<'a> {
    declared: &'a DeclaredRole,
    live: &'a LiveRole,
    catalog: &'a Catalog,
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
        if let Some(attributes) = &self.live.attributes {
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
        for member in [Some(AUTHENTICATOR), login].into_iter().flatten() {
            if !self.live.members.contains(member) {
                let text = format!("`{member}` is not a member of it");
                let version = self.catalog.version;
                self.missing(text, statement::grant_membership(name, member, version));
            }
        }
        for (other, grantor) in &self.live.member_of {
            let text = format!("it is a member of `{other}`");
            let version = self.catalog.version;
            let mend = statement::revoke_membership(other, name, grantor.as_deref(), version);
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
        for creates_in in &self.live.creates_in {
            let schema = &creates_in.schema;
            let act = format!("create objects in the schema {}", identifier(schema));
            let mend = statement::revoke_create(schema, &self.holder(creates_in.is_public));
            self.too_much_of(may(creates_in.is_public, &act), mend);
        }
    }

    fn owned(&mut self) {
        for owned in &self.live.owns {
            let (kind, name) = (&owned.kind, &owned.name);
            let text = format!("it owns the {kind} {name}, and so may do anything with it");
            self.too_much_of(text, format!("alter {kind} {name} owner to postgres;"));
        }
    }

    /// Who holds a right, as SQL.
    fn holder(&self, is_public: bool) -> String {
        match is_public {
            true => "public".to_owned(),
            false => identifier(self.declared.name),
        }
    }

    /// What a role needs to use a table.
    fn table(&mut self, table: &Table, rights: &Rights) {
        let name = self.declared.name;
        let Some(live) = self.catalog.tables.get(table) else {
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
                if !self.has(sequence, "usage", None) {
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
        let live = self.live;
        let mut tables: BTreeMap<(&Table, &str, bool), Held> = BTreeMap::new();
        let mut sequences: BTreeMap<(&Table, bool), BTreeSet<&str>> = BTreeMap::new();
        for granted in &live.granted {
            let (table, privilege) = (&granted.table, granted.privilege.as_str());
            let is_public = granted.is_public;
            if is_public && !self.uses(&table.schema) {
                continue;
            }
            if granted.is_sequence {
                if privilege != "usage" || !self.needs_sequence(table) {
                    let sequence = sequences.entry((table, is_public)).or_default();
                    sequence.insert(privilege);
                }
                continue;
            }
            let held = tables.entry((table, privilege, is_public)).or_default();
            match &granted.column {
                None => held.is_whole = true,
                Some(column) => {
                    held.columns.insert(column.clone());
                }
            }
        }
        for ((table, privilege, is_public), held) in tables {
            self.held(table, privilege, is_public, held);
        }
        for ((sequence, is_public), privileges) in sequences {
            let verbs = privileges.iter().map(|privilege| match *privilege {
                "usage" => "use",
                "select" => "read",
                "update" => "set",
                other => other,
            });
            let verbs = verbs.collect::<Vec<_>>().join(" and ");
            let text = may(is_public, &format!("{verbs} the sequence {sequence}"));
            let holder = self.holder(is_public);
            let mend = statement::revoke_sequence(&privileges, sequence, &holder);
            self.too_much_of(text, mend);
        }
    }

    /// Compares what the role, or every role, holds of one privilege on one table.
    fn held(&mut self, table: &Table, privilege: &str, is_public: bool, held: Held) {
        let declared = self.rights(table, privilege);
        let (columns, kept) = match (declared, held.is_whole) {
            (Some((_, Columns::All)), _) => return,
            (Some((privilege, Columns::Only(declared))), true) => {
                (Columns::All, Some((privilege, declared)))
            }
            (Some((_, Columns::Only(declared))), false) => {
                let more: BTreeSet<_> = held.columns.difference(declared).cloned().collect();
                if more.is_empty() {
                    return;
                }
                (Columns::Only(more), None)
            }
            (None, true) => (Columns::All, None),
            (None, false) => (Columns::Only(held.columns), None),
        };
        let mut text = may(is_public, &act(privilege, &columns, table));
        let revoked = match &columns {
            Columns::All => None,
            Columns::Only(columns) => Some(columns),
        };
        // Revoking a privilege on the table also revokes it on the columns.
        let mut mend = statement::revoke(privilege, revoked, table, &self.holder(is_public));
        if let Some((privilege, declared)) = kept {
            text.push_str(", and only some columns are declared");
            let live = self.catalog.tables.get(table);
            let known: BTreeSet<_> = declared
                .iter()
                .filter(|column| live.is_some_and(|live| live.columns.contains(*column)))
                .cloned()
                .collect();
            if !known.is_empty() {
                let role = self.declared.name;
                mend.push(' ');
                mend.push_str(&statement::grant(
                    privilege,
                    &Columns::Only(known),
                    table,
                    role,
                ));
            }
        }
        self.too_much_of(text, mend);
    }

    /// What is declared for a privilege, by its name in SQL.
    fn rights(&self, table: &Table, privilege: &str) -> Option<(Privilege, &Columns)> {
        let rights = self.declared.tables.get(table)?;
        let mut rights = rights.iter();
        rights
            .find(|(declared, _)| declared.as_str() == privilege)
            .map(|(declared, columns)| (*declared, columns))
    }

    /// Whether the role uses a schema, or is to use it.
    fn uses(&self, schema: &str) -> bool {
        self.live.usable.contains(schema) || self.declared.schemas().contains(schema)
    }

    /// Whether a sequence belongs to a table that the role may insert into.
    fn needs_sequence(&self, sequence: &Table) -> bool {
        self.declared.tables.iter().any(|(table, rights)| {
            rights.contains_key(&Privilege::Insert)
                && self
                    .catalog
                    .tables
                    .get(table)
                    .is_some_and(|live| live.sequences.contains(sequence))
        })
    }

    /// Tables with Row Level Security whose policies leave the role without rows, and views that pass it by.
    fn policies(&mut self) {
        let role = identifier(self.declared.name);
        for (table, rights) in &self.declared.tables {
            let Some(live) = self.catalog.tables.get(table) else {
                continue;
            };
            if live.reads_as_owner {
                self.findings.push(Finding::Warning(format!(
                    "{table} is a view that reads its tables as its owner, whose policies apply and not this \
                     role's: `alter view {table} set (security_invoker = true);` and grant the role what it reads"
                )));
            }
            if !live.has_rls {
                continue;
            }
            for privilege in rights.keys() {
                if self.has_policy(table, *privilege) {
                    continue;
                }
                let (result, condition) = match privilege {
                    Privilege::Select => ("it reads no row", "using"),
                    Privilege::Insert => ("each insert is refused", "with check"),
                    Privilege::Update => ("it updates no row", "using"),
                    Privilege::Delete => ("it deletes no row", "using"),
                };
                self.findings.push(Finding::Warning(format!(
                    "Row Level Security is on for {table}, and no policy for {privilege} names this role or \
                     `public`, so {result}: `create policy … on {table} for {privilege} to {role} \
                     {condition} (…);`"
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

/// What is granted of one privilege on one table.
#[derive(Default)]
struct Held {
    /// It is granted on the table.
    is_whole: bool,
    /// Those that it is granted on by themselves.
    columns: BTreeSet<String>,
}

/// Says that the role, or every role, may do something.
fn may(is_public: bool, act: &str) -> String {
    match is_public {
        true => {
            format!("every role may {act}, this one too, and others may rely on it, such as `anon`")
        }
        false => format!("it may {act}"),
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
