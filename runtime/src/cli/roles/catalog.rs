//! What a database's catalog says about a role and its tables.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, PgTransaction, Row};

use super::declared::{DeclaredRole, Table};

/// A database as it is.
#[derive(Debug)]
pub(super) struct Catalog {
    /// Of the server, such as 170004.
    pub(super) version: i32,
    pub(super) tables: BTreeMap<Table, LiveTable>,
    /// In the order of the declarations.
    pub(super) roles: Vec<LiveRole>,
}

/// A role as it is.
#[derive(Debug, Default)]
pub(super) struct LiveRole {
    /// `None` if there is no such role.
    pub(super) attributes: Option<Attributes>,
    /// The roles that it is a member of, and who granted it.
    pub(super) member_of: Vec<(String, Option<String>)>,
    /// The roles that may become it as members of it.
    pub(super) members: BTreeSet<String>,
    /// The schemas that it may use.
    pub(super) usable: BTreeSet<String>,
    pub(super) creates_in: Vec<CreatesIn>,
    pub(super) owns: Vec<Owned>,
    pub(super) granted: Vec<Granted>,
    pub(super) policies: Vec<Policy>,
}

#[derive(Debug)]
pub(super) struct Attributes {
    pub(super) can_login: bool,
    /// Those that let a role do more than it is granted, as `alter role` takes them away.
    pub(super) powers: Vec<&'static str>,
}

/// A schema that the role may create objects in.
#[derive(Debug)]
pub(super) struct CreatesIn {
    pub(super) schema: String,
    /// It is granted to every role.
    pub(super) is_public: bool,
}

/// Something that the role owns.
#[derive(Debug)]
pub(super) struct Owned {
    /// As in `alter table`.
    pub(super) kind: String,
    /// As SQL.
    pub(super) name: String,
}

/// One entry of a table's, view's or sequence's access list.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) table: Table,
    pub(super) is_sequence: bool,
    /// `None` if it is all of the table.
    pub(super) column: Option<String>,
    /// As in SQL, in lower case.
    pub(super) privilege: String,
    /// It is granted to every role.
    pub(super) is_public: bool,
}

/// A permissive policy that applies to the role.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) table: Table,
    /// `r`, `a`, `w`, `d`, or `*` for all.
    pub(super) command: String,
}

/// A table or view as it is.
#[derive(Debug)]
pub(super) struct LiveTable {
    pub(super) has_rls: bool,
    /// It is a view that reads its tables as its owner.
    pub(super) reads_as_owner: bool,
    pub(super) columns: BTreeSet<String>,
    /// Those of its `serial` columns.
    pub(super) sequences: Vec<Table>,
}

const ATTRIBUTES: &str = "
    select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
    from pg_catalog.pg_roles where rolname = $1";

const MEMBER_OF: &str = "
    select g.rolname::text, b.rolname::text from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles g on g.oid = m.roleid
    join pg_catalog.pg_roles r on r.oid = m.member
    left join pg_catalog.pg_roles b on b.oid = m.grantor
    where r.rolname = $1 order by 1, 2";

/// Since PostgreSQL 16, a member may not always become the role.
const MEMBERS: &str = "
    select distinct r.rolname::text from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles g on g.oid = m.roleid
    join pg_catalog.pg_roles r on r.oid = m.member
    where g.rolname = $1
      and coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true)";

const USABLE: &str = "
    select n.nspname::text from pg_catalog.pg_namespace n
    join pg_catalog.pg_roles r on r.rolname = $1
    where pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')";

/// What its memberships give goes with them.
const CREATES_IN: &str = "
    select distinct n.nspname::text, a.grantee = 0 from pg_catalog.pg_namespace n
    join pg_catalog.pg_roles r on r.rolname = $1
    cross join lateral pg_catalog.aclexplode(n.nspacl) a
    where a.grantee in (r.oid, 0) and a.privilege_type = 'CREATE' and n.nspowner <> r.oid
    order by 1, 2";

/// A `serial` column's sequence goes with its table.
const OWNS: &str = "
    with owned as (
      select 0 as place, 'schema' as kind, pg_catalog.format('%I', n.nspname) as name, n.nspowner as owner
      from pg_catalog.pg_namespace n
      union all
      select 1, case c.relkind when 'S' then 'sequence' when 'v' then 'view'
          when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
        pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
          and c.relkind = 'S' and d.refclassid = d.classid and d.deptype in ('a', 'i')
      )
      union all
      select 2, 'routine',
        pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
          pg_catalog.pg_get_function_identity_arguments(p.oid)),
        p.proowner
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    )
    select o.kind, o.name from owned o
    join pg_catalog.pg_roles r on r.oid = o.owner
    where r.rolname = $1
    order by o.place, o.name";

/// Objects of extensions are left out: they are granted to everyone on purpose. So is what the role may do as
/// the owner, which a new owner gets.
const GRANTED: &str = "
    with entries as (
      select c.oid, null::text as attname, a.grantee, a.privilege_type
      from pg_catalog.pg_class c cross join lateral pg_catalog.aclexplode(c.relacl) a
      union all
      select t.attrelid, t.attname::text, a.grantee, a.privilege_type
      from pg_catalog.pg_attribute t cross join lateral pg_catalog.aclexplode(t.attacl) a
      where not t.attisdropped
    )
    select distinct n.nspname::text, c.relname::text, c.relkind = 'S', e.attname,
      pg_catalog.lower(e.privilege_type), e.grantee = 0
    from entries e
    join pg_catalog.pg_class c on c.oid = e.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_roles r on r.rolname = $1
    where (e.grantee = r.oid and e.grantee <> c.relowner or e.grantee = 0)
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname !~ '^pg_toast'
      and not exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.objid = c.oid and d.deptype = 'e'
      )
    order by 1, 2, 4, 5";

const POLICIES: &str = "
    select n.nspname::text, c.relname::text, p.polcmd::text
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_roles r on r.rolname = $1
    where p.polpermissive and (0 = any (p.polroles) or r.oid = any (p.polroles))";

const TABLES: &str = "
    select n.nspname::text, c.relname::text, c.relrowsecurity,
      array(
        select t.attname::text from pg_catalog.pg_attribute t
        where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped
      ),
      c.relkind = 'v' and not exists (
        select from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'security_invoker' and o.option_value::bool
      )
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname = any ($1::text[]) and c.relname = any ($2::text[])";

const SEQUENCES: &str = "
    select n.nspname::text, c.relname::text, m.nspname::text, s.relname::text
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_catalog.pg_namespace m on m.oid = s.relnamespace
    join pg_catalog.pg_class c on c.oid = d.refobjid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid
      and d.deptype = 'a'
      and n.nspname = any ($1::text[]) and c.relname = any ($2::text[])
    order by 3, 4";

/// Reads all that is compared with the declarations. In one transaction, because otherwise a transaction
/// pooler may send each query to a different server.
pub(super) async fn read(
    connection: &mut PgConnection,
    roles: &[DeclaredRole],
) -> sqlx::Result<Catalog> {
    let mut transaction = connection.begin().await?;
    let tables = tables(&mut transaction, roles).await?;
    let mut live = Vec::with_capacity(roles.len());
    for role in roles {
        live.push(live_role(&mut transaction, role.name).await?);
    }
    let version =
        sqlx::query_scalar("select pg_catalog.current_setting('server_version_num')::int")
            .persistent(false)
            .fetch_one(&mut *transaction)
            .await?;
    transaction.commit().await?;
    Ok(Catalog {
        version,
        tables,
        roles: live,
    })
}

async fn live_role(transaction: &mut PgTransaction<'_>, name: &str) -> sqlx::Result<LiveRole> {
    let attributes = rows(transaction, ATTRIBUTES, name).await?;
    let attributes = attributes.first().map(attributes_of).transpose()?;
    let texts = |rows: Vec<PgRow>| -> sqlx::Result<Vec<String>> {
        rows.iter().map(|row| row.try_get(0)).collect()
    };
    let granted = rows(transaction, GRANTED, name).await?;
    let policies = rows(transaction, POLICIES, name).await?;
    let owns = rows(transaction, OWNS, name).await?;
    let member_of = rows(transaction, MEMBER_OF, name).await?;
    let creates_in = rows(transaction, CREATES_IN, name).await?;
    Ok(LiveRole {
        attributes,
        member_of: member_of
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()?,
        members: texts(rows(transaction, MEMBERS, name).await?)?
            .into_iter()
            .collect(),
        usable: texts(rows(transaction, USABLE, name).await?)?
            .into_iter()
            .collect(),
        creates_in: creates_in
            .iter()
            .map(creates_in_of)
            .collect::<Result<_, _>>()?,
        owns: owns.iter().map(owned_of).collect::<Result<_, _>>()?,
        granted: granted.iter().map(granted_of).collect::<Result<_, _>>()?,
        policies: policies.iter().map(policy_of).collect::<Result<_, _>>()?,
    })
}

async fn rows(
    transaction: &mut PgTransaction<'_>,
    sql: &'static str,
    role: &str,
) -> sqlx::Result<Vec<PgRow>> {
    let query = sqlx::query(sql).bind(role).persistent(false);
    query.fetch_all(&mut **transaction).await
}

fn attributes_of(row: &PgRow) -> sqlx::Result<Attributes> {
    let mut powers = Vec::new();
    for (column, power) in [
        ("rolsuper", "nosuperuser"),
        ("rolbypassrls", "nobypassrls"),
        ("rolcreaterole", "nocreaterole"),
        ("rolcreatedb", "nocreatedb"),
        ("rolreplication", "noreplication"),
    ] {
        if row.try_get(column)? {
            powers.push(power);
        }
    }
    Ok(Attributes {
        can_login: row.try_get("rolcanlogin")?,
        powers,
    })
}

/// Reads a name from two columns.
fn table(row: &PgRow, at: usize) -> sqlx::Result<Table> {
    Ok(Table {
        schema: row.try_get(at)?,
        name: row.try_get(at + 1)?,
    })
}

fn granted_of(row: &PgRow) -> sqlx::Result<Granted> {
    Ok(Granted {
        table: table(row, 0)?,
        is_sequence: row.try_get(2)?,
        column: row.try_get(3)?,
        privilege: row.try_get(4)?,
        is_public: row.try_get(5)?,
    })
}

fn creates_in_of(row: &PgRow) -> sqlx::Result<CreatesIn> {
    Ok(CreatesIn {
        schema: row.try_get(0)?,
        is_public: row.try_get(1)?,
    })
}

fn owned_of(row: &PgRow) -> sqlx::Result<Owned> {
    Ok(Owned {
        kind: row.try_get(0)?,
        name: row.try_get(1)?,
    })
}

fn policy_of(row: &PgRow) -> sqlx::Result<Policy> {
    Ok(Policy {
        table: table(row, 0)?,
        command: row.try_get(2)?,
    })
}

async fn tables(
    transaction: &mut PgTransaction<'_>,
    roles: &[DeclaredRole],
) -> sqlx::Result<BTreeMap<Table, LiveTable>> {
    let declared: BTreeSet<&Table> = roles.iter().flat_map(|role| role.tables.keys()).collect();
    let schemas: Vec<&str> = declared.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<&str> = declared.iter().map(|table| table.name.as_str()).collect();
    let query = |sql: &'static str| {
        let query = sqlx::query(sql).bind(schemas.clone()).bind(names.clone());
        query.persistent(false)
    };
    let mut tables = BTreeMap::new();
    for row in query(TABLES).fetch_all(&mut **transaction).await? {
        let columns: Vec<String> = row.try_get(3)?;
        let live = LiveTable {
            has_rls: row.try_get(2)?,
            reads_as_owner: row.try_get(4)?,
            columns: columns.into_iter().collect(),
            sequences: Vec::new(),
        };
        tables.insert(table(&row, 0)?, live);
    }
    for row in query(SEQUENCES).fetch_all(&mut **transaction).await? {
        if let Some(live) = tables.get_mut(&table(&row, 0)?) {
            live.sequences.push(table(&row, 2)?);
        }
    }
    Ok(tables)
}
