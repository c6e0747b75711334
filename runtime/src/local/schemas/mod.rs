//! What a Supabase project has before its first migration: roles, Supabase's own schemas, and two extensions.

use sqlx::{Connection, PgConnection};

use super::extensions;
use super::stand_in::{GRAPHQL, NET, PGSODIUM, StandIn, VAULT};

/// The SQL that any database of a stack gets, before and after Supabase's own schemas.
const ROLES: &str = include_str!("roles.sql");
const STACK: &str = include_str!("stack.sql");

/// Supabase's own schemas, in the order in which they are created. One that exists is left as it is.
const SCHEMAS: [(StandIn, &str); 9] = [
    (
        StandIn::new(
            "auth",
            "the tables and functions are there; nobody can sign in",
        ),
        include_str!("auth.sql"),
    ),
    (
        StandIn::new(
            "storage",
            "the tables and functions are there, without files",
        ),
        include_str!("storage.sql"),
    ),
    (
        StandIn::new(
            "realtime",
            "messages are kept in realtime.messages and never sent",
        ),
        include_str!("realtime.sql"),
    ),
    (StandIn::new("vault", VAULT), include_str!("vault.sql")),
    (
        StandIn::new("graphql", GRAPHQL),
        include_str!("graphql.sql"),
    ),
    (
        StandIn::new("graphql_public", GRAPHQL),
        include_str!("graphql_public.sql"),
    ),
    (
        StandIn::new("pgsodium", PGSODIUM),
        include_str!("pgsodium.sql"),
    ),
    (StandIn::new("net", NET), include_str!("net.sql")),
    (
        StandIn::new(
            "supabase_functions",
            "webhooks are requests of the schema net",
        ),
        include_str!("supabase_functions.sql"),
    ),
];

/// Returns all SQL that [`create`] runs.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    let schemas = SCHEMAS.iter().map(|(_, sql)| *sql);
    [ROLES, STACK]
        .into_iter()
        .chain(schemas)
        .chain(extensions::preloaded())
}

/// Creates what is missing, in one transaction.
pub(super) async fn create(connection: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    // One stack at a time.
    sqlx::raw_sql("select pg_advisory_xact_lock(hashtext('supabase_task'))")
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(ROLES).execute(&mut *transaction).await?;
    let existing: Vec<String> = sqlx::query_scalar("select nspname::text from pg_namespace")
        .fetch_all(&mut *transaction)
        .await?;
    let missing: Vec<_> = SCHEMAS
        .iter()
        .filter(|(schema, _)| !existing.iter().any(|one| one == schema.name))
        .collect();
    for (_, sql) in &missing {
        sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
    }
    sqlx::raw_sql(STACK).execute(&mut *transaction).await?;
    let names: Vec<&str> = missing.iter().map(|(schema, _)| schema.name).collect();
    sqlx::query(
        "insert into supabase_migrations.stand_ins select unnest($1) on conflict do nothing",
    )
    .bind(names)
    .execute(&mut *transaction)
    .await?;
    extensions::create_preloaded(&mut transaction).await?;
    transaction.commit().await
}

/// Returns what stands in for a part of Supabase in this database.
pub(super) async fn stand_ins(connection: &mut PgConnection) -> sqlx::Result<Vec<StandIn>> {
    let names: Vec<String> =
        sqlx::query_scalar("select name from supabase_migrations.stand_ins order by name")
            .fetch_all(connection)
            .await?;
    let of_schema = |name: &str| {
        let mut schemas = SCHEMAS.iter().map(|(schema, _)| *schema);
        schemas.find(|schema| schema.name == name)
    };
    let known = names
        .iter()
        .filter_map(|name| of_schema(name).or_else(|| extensions::stand_in(name)));
    Ok(known.collect())
}
