//! [`Powers`]: what a login may do, as the database's catalog says.

use std::collections::BTreeSet;

use sqlx::postgres::PgRow;
use sqlx::{Connection, FromRow, PgConnection, Row};

/// The login's own attributes.
const ATTRIBUTES: &str = "
    select r.rolname::text as name,
      pg_catalog.current_setting('server_version_num')::int as version,
      r.rolsuper as is_superuser, r.rolbypassrls as bypasses, r.rolcreaterole as creates_roles,
      r.rolreplication as replicates,
      exists (
        select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'supabase_task' and c.relkind in ('r', 'p')
          and pg_catalog.has_table_privilege(r.oid, c.oid, 'update')
      ) as has_queue
    from pg_catalog.pg_roles r where r.rolname = session_user";

/// The memberships of the login, and of the roles that it is a member of, and so on. Since PostgreSQL 16, each
/// says whether it inherits.
const MEMBERSHIPS: &str = "
    select r.rolname::text as member, g.rolname::text as role, b.rolname::text as grantor,
      coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit) as inherits
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles r on r.oid = m.member
    join pg_catalog.pg_roles g on g.oid = m.roleid
    left join pg_catalog.pg_roles b on b.oid = m.grantor
    where pg_catalog.pg_has_role(session_user, m.member, 'member')
    order by 1, 2, 3";

/// Whether it may become each of the roles. Since PostgreSQL 16, a member may not always.
const NEEDED: &str = "
    select wanted as role, r.oid is not null as is_there,
      coalesce(pg_catalog.pg_has_role(session_user, r.oid,
        case when pg_catalog.current_setting('server_version_num')::int >= 160000
          then 'set' else 'member' end), false) as is_permitted
    from pg_catalog.unnest($1::text[]) wanted
    left join pg_catalog.pg_roles r on r.rolname = wanted
    order by 1";

/// The tables that it owns, whose policies do not bind it. The queue's are another matter.
const OWNED: &str = "
    select pg_catalog.format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_roles r on r.oid = c.relowner
    where r.rolname = session_user and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('information_schema', 'supabase_task', 'supabase_task_jobs')
      and n.nspname not like 'pg\\_%'
    order by 1";

/// Where it was itself granted something. Its rights on the queue are another matter.
const GRANTED: &str = "
    select distinct pg_catalog.format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
      select a.grantee from pg_catalog.aclexplode(c.relacl) a
      union all
      select a.grantee from pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) a
      where t.attrelid = c.oid
    ) given
    join pg_catalog.pg_roles r on r.oid = given.grantee
    where r.rolname = session_user and c.relowner <> r.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('information_schema', 'supabase_task', 'supabase_task_jobs')
      and n.nspname not like 'pg\\_%'
    order by 1";

/// What a login may do, beside the roles that tasks run as.
#[derive(Clone, Debug)]
pub(super) struct Powers {
    pub(super) attributes: Attributes,
    /// Its own, and those of the roles that it is a member of.
    pub(super) memberships: Vec<Membership>,
    pub(super) needed: Vec<Needed>,
    /// Tables and views that it owns.
    pub(super) owned: Vec<String>,
    /// Tables and views that it was granted something on.
    pub(super) granted: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) name: String,
    /// Of the server, such as 170004.
    pub(super) version: i32,
    pub(super) is_superuser: bool,
    pub(super) bypasses: bool,
    pub(super) creates_roles: bool,
    pub(super) replicates: bool,
    /// It may write the tables of the durable queue.
    pub(super) has_queue: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) member: String,
    pub(super) role: String,
    pub(super) grantor: Option<String>,
    /// The member has the role's rights without becoming it.
    pub(super) inherits: bool,
}

/// A role that tasks run as.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    pub(super) role: String,
    pub(super) is_there: bool,
    /// The login may become it.
    pub(super) is_permitted: bool,
}

impl FromRow<'_, PgRow> for Attributes {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            version: row.try_get("version")?,
            is_superuser: row.try_get("is_superuser")?,
            bypasses: row.try_get("bypasses")?,
            creates_roles: row.try_get("creates_roles")?,
            replicates: row.try_get("replicates")?,
            has_queue: row.try_get("has_queue")?,
        })
    }
}

impl FromRow<'_, PgRow> for Membership {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            member: row.try_get("member")?,
            role: row.try_get("role")?,
            grantor: row.try_get("grantor")?,
            inherits: row.try_get("inherits")?,
        })
    }
}

impl FromRow<'_, PgRow> for Needed {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: row.try_get("role")?,
            is_there: row.try_get("is_there")?,
            is_permitted: row.try_get("is_permitted")?,
        })
    }
}

impl Powers {
    /// Reads them. In one transaction and without prepared statements, as a transaction pooler needs it.
    pub(super) async fn read(
        connection: &mut PgConnection,
        roles: &BTreeSet<String>,
    ) -> sqlx::Result<Self> {
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        let mut transaction = connection.begin().await?;
        Ok(Self {
            attributes: sqlx::query_as(ATTRIBUTES)
                .persistent(false)
                .fetch_one(&mut *transaction)
                .await?,
            memberships: sqlx::query_as(MEMBERSHIPS)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await?,
            needed: sqlx::query_as(NEEDED)
                .bind(roles)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await?,
            owned: sqlx::query_scalar(OWNED)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await?,
            granted: sqlx::query_scalar(GRANTED)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await?,
        })
    }

    pub(super) fn memberships_of<'a>(
        &'a self,
        member: &'a str,
    ) -> impl Iterator<Item = &'a Membership> {
        let memberships = self.memberships.iter();
        memberships.filter(move |membership| membership.member == member)
    }

    /// The memberships, of the login or of a role that it needs, in a role that it does not need. Without
    /// them it may become no other role.
    pub(super) fn unneeded(&self) -> Vec<&Membership> {
        let mut found: Vec<&Membership> = Vec::new();
        let mut reached = vec![self.attributes.name.as_str()];
        let mut at = 0;
        while let Some(member) = reached.get(at).copied() {
            at += 1;
            for membership in self.memberships_of(member) {
                let role = membership.role.as_str();
                let is_same =
                    |other: &&Membership| other.role == role && other.member == membership.member;
                if reached.contains(&role) || found.iter().any(is_same) {
                    continue;
                }
                match self.is_needed(role) {
                    true => reached.push(role),
                    false => found.push(membership),
                }
            }
        }
        found
    }

    pub(super) fn is_needed(&self, role: &str) -> bool {
        self.needed.iter().any(|needed| needed.role == role)
    }

    /// Says that the login may do what tasks need.
    pub(super) fn as_needed(&self) -> String {
        let roles: Vec<_> = self
            .needed
            .iter()
            .map(|needed| format!("`{}`", needed.role))
            .collect();
        let name = &self.attributes.name;
        let mut text = format!(
            "`{name}` may become {}, as the tasks need, and has no other rights",
            roles.join(", ")
        );
        if self.attributes.has_queue {
            text.push_str(
                " but those on the queue's tables, which a worker needs: SQL that is injected into a task \
                 could change runs",
            );
        }
        text
    }
}
