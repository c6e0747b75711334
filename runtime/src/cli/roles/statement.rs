//! The statements that make a role what it is declared to be.

use std::collections::BTreeSet;

use super::declared::{Columns, Table};
use crate::auth::Privilege;
use crate::cli::identifier::identifier;
use crate::literal::literal;

/// The role that the API logs in as.
pub(super) const AUTHENTICATOR: &str = "authenticator";

/// Since this version, each membership has options of its own.
const OPTIONS_OF_MEMBERSHIPS: i32 = 160_000;

/// A member may become the role, and has none of its rights before it does.
const SET_ONLY: &str = " with inherit false, set true";

pub(super) fn create(role: &str) -> String {
    format!("create role {} nologin noinherit;", identifier(role))
}

/// Creates the role unless it is there.
pub(super) fn create_if_missing(role: &str) -> String {
    unless_there(role, &create(role))
}

/// Creates the role that tasks log in as unless it is there. It has no password yet.
pub(super) fn create_login_if_missing(login: &str) -> String {
    let create = format!("create role {} login noinherit;", identifier(login));
    unless_there(login, &create)
}

fn unless_there(role: &str, create: &str) -> String {
    let body = format!(
        "begin\n  if not exists (select from pg_catalog.pg_roles where rolname = {}) then\n    \
         {create}\n  end if;\nend",
        literal(role),
    );
    block(&body)
}

/// For a server of this version.
pub(super) fn grant_membership(role: &str, member: &str, version: i32) -> String {
    let options = match version < OPTIONS_OF_MEMBERSHIPS {
        true => "",
        false => SET_ONLY,
    };
    format!("{}{options};", membership(role, member))
}

/// For a server of any version, without the rights before the role is set.
pub(super) fn grant_membership_only_to_set(role: &str, member: &str) -> String {
    let grant = membership(role, member);
    // As text, because older versions cannot parse the options.
    let body = format!(
        "begin\n  if pg_catalog.current_setting('server_version_num')::int >= {OPTIONS_OF_MEMBERSHIPS} then\n    \
         execute {};\n  else\n    {grant};\n  end if;\nend",
        literal(&format!("{grant}{SET_ONLY}")),
    );
    block(&body)
}

/// For the member that all of the API's roles have. It inherits nothing itself.
pub(super) fn grant_to_authenticator(role: &str) -> String {
    format!("{};", membership(role, AUTHENTICATOR))
}

fn membership(role: &str, member: &str) -> String {
    format!("grant {} to {}", identifier(role), identifier(member))
}

/// For a server of this version.
pub(super) fn revoke_membership(
    role: &str,
    member: &str,
    grantor: Option<&str>,
    version: i32,
) -> String {
    let grantor = grantor.filter(|_| version >= OPTIONS_OF_MEMBERSHIPS);
    let by = grantor.map_or_else(String::new, |grantor| {
        format!(" granted by {}", identifier(grantor))
    });
    format!(
        "revoke {} from {}{by};",
        identifier(role),
        identifier(member)
    )
}

pub(super) fn grant_usage(schema: &str, role: &str) -> String {
    let (schema, role) = (identifier(schema), identifier(role));
    format!("grant usage on schema {schema} to {role};")
}

/// `from` is written as it is: a role's name as SQL, or `public`.
pub(super) fn revoke_create(schema: &str, from: &str) -> String {
    format!(
        "revoke create on schema {} from {from};",
        identifier(schema)
    )
}

pub(super) fn grant(privilege: Privilege, columns: &Columns, table: &Table, role: &str) -> String {
    let list = match columns {
        Columns::All => String::new(),
        Columns::Only(columns) => list(columns),
    };
    format!(
        "grant {privilege}{list} on {table} to {};",
        identifier(role)
    )
}

/// `from` is written as it is: a role's name as SQL, or `public`.
pub(super) fn revoke(
    privilege: &str,
    columns: Option<&BTreeSet<String>>,
    table: &Table,
    from: &str,
) -> String {
    let list = columns.map(list).unwrap_or_default();
    format!("revoke {privilege}{list} on {table} from {from};")
}

fn list(columns: &BTreeSet<String>) -> String {
    let columns: Vec<_> = columns.iter().map(|name| identifier(name)).collect();
    format!(" ({})", columns.join(", "))
}

pub(super) fn grant_sequence(sequence: &Table, role: &str) -> String {
    format!(
        "grant usage on sequence {sequence} to {};",
        identifier(role)
    )
}

/// `from` is written as it is: a role's name as SQL, or `public`.
pub(super) fn revoke_sequence(privileges: &BTreeSet<&str>, sequence: &Table, from: &str) -> String {
    let privileges: Vec<_> = privileges.iter().copied().collect();
    let privileges = privileges.join(", ");
    format!("revoke {privileges} on sequence {sequence} from {from};")
}

/// Grants the sequences of a table's `serial` columns, whichever they are. An identity column needs none.
pub(super) fn grant_sequences(table: &Table, role: &str) -> String {
    let body = format!(
        "declare\n  sequence pg_catalog.regclass;\nbegin\n  for sequence in\n    \
         select d.objid::pg_catalog.regclass from pg_catalog.pg_depend d\n    \
         join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'\n    \
         where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'a'\n      \
         and d.refclassid = d.classid and d.refobjid = {}::pg_catalog.regclass\n  loop\n    \
         execute pg_catalog.format('grant usage on sequence %s to %I', sequence, {});\n  \
         end loop;\nend",
        literal(&table.to_string()),
        literal(role),
    );
    block(&body)
}

/// An anonymous block, in dollar quotes that its body does not contain.
fn block(body: &str) -> String {
    let mut quotes = "$$".to_owned();
    while body.contains(&quotes) {
        quotes.insert_str(1, "do");
    }
    format!("do {quotes}\n{body}\n{quotes};")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_a_block() {
        let sql = create_if_missing("a$$b$do$c");
        assert!(sql.starts_with("do $dodo$\n"), "{sql}");
        assert!(sql.ends_with("\n$dodo$;"), "{sql}");
    }

    #[test]
    fn a_membership_only_sets_where_it_can_say_so() {
        assert_eq!(
            grant_membership("reporter", "user", 150_018),
            "grant reporter to \"user\";"
        );
        assert_eq!(
            grant_membership("reporter", "user", 160_000),
            "grant reporter to \"user\" with inherit false, set true;"
        );
        let revoke = |version| revoke_membership("reporter", "user", Some("Boss"), version);
        assert_eq!(revoke(150_018), "revoke reporter from \"user\";");
        assert_eq!(
            revoke(160_000),
            "revoke reporter from \"user\" granted by \"Boss\";"
        );
    }

    #[test]
    fn grants_name_their_columns() {
        let table = Table {
            schema: "public".to_owned(),
            name: "order".to_owned(),
        };
        let columns = ["status", "shipped at"].map(str::to_owned);
        let columns = Columns::Only(columns.into_iter().collect());
        assert_eq!(
            grant(Privilege::Update, &columns, &table, "Reporter"),
            "grant update (\"shipped at\", status) on public.\"order\" to \"Reporter\";"
        );
        assert_eq!(
            grant(Privilege::Select, &Columns::All, &table, "reporter"),
            "grant select on public.\"order\" to reporter;"
        );
    }
}
