//! Extensions that the server does not have, as far as SQL can stand in for them.

mod command;

use sqlx::{AssertSqlSafe, PgConnection};

pub(super) use command::{Command, Verb};

use super::stand_in::{GRAPHQL, NET, PGSODIUM, StandIn, VAULT};

/// The schema of an extension that names none.
const DEFAULT_SCHEMA: &str = "public";

/// What replaces an extension.
#[derive(Debug)]
pub(super) struct Replacement {
    stand_in: StandIn,
    /// `@extschema@` is the schema that the extension is created in.
    sql: &'static str,
    /// Whether it is used even if the server has the extension.
    always: bool,
}

const AS_THE_REAL_ONE: &str = "it works as the real one";

const REPLACEMENTS: [Replacement; 20] = [
    Replacement::always(
        "pg_cron",
        "jobs are kept in cron.job and never run",
        include_str!("pg_cron.sql"),
    ),
    // The schema `net` is there from the start.
    Replacement::always("pg_net", NET, ""),
    Replacement::always(
        "http",
        "requests are kept in the table http_requests and never sent; each response is 200 with the body {}",
        include_str!("http.sql"),
    ),
    // Its schema is there from the start, as is that of pg_graphql.
    Replacement::new("supabase_vault", VAULT, ""),
    Replacement::new("pg_graphql", GRAPHQL, ""),
    Replacement::new(
        "pgmq",
        "queues work; partitioned ones are missing",
        include_str!("pgmq.sql"),
    ),
    Replacement::new("pgjwt", AS_THE_REAL_ONE, include_str!("pgjwt.sql")),
    Replacement::new(
        "moddatetime",
        AS_THE_REAL_ONE,
        include_str!("moddatetime.sql"),
    ),
    Replacement::new(
        "uuid-ossp",
        "every identifier is random, also those of version 1; version 3 and 5 are missing",
        include_str!("uuid-ossp.sql"),
    ),
    Replacement::new(
        "pgcrypto",
        "passwords are hashed with SHA-256; encryption is missing",
        include_str!("pgcrypto.sql"),
    ),
    Replacement::new("pgsodium", PGSODIUM, ""),
    Replacement::nothing("pg_stat_statements"),
    Replacement::nothing("pg_stat_monitor"),
    Replacement::new("pgaudit", "it logs nothing", include_str!("pgaudit.sql")),
    Replacement::new(
        "pg_jsonschema",
        "a keyword that it does not support is an error, such as $ref",
        include_str!("pg_jsonschema.sql"),
    ),
    Replacement::nothing("pg_tle"),
    Replacement::nothing("wrappers"),
    Replacement::nothing("hypopg"),
    Replacement::nothing("index_advisor"),
    Replacement::nothing("plpgsql_check"),
];

/// Returns the stand-in for the extension of this name.
pub(super) fn stand_in(extension: &str) -> Option<StandIn> {
    let mut all = REPLACEMENTS.iter().map(|one| one.stand_in);
    all.find(|one| one.name == extension)
}

impl Replacement {
    const fn new(name: &'static str, difference: &'static str, sql: &'static str) -> Self {
        Self {
            stand_in: StandIn::new(name, difference),
            sql,
            always: false,
        }
    }

    const fn always(name: &'static str, difference: &'static str, sql: &'static str) -> Self {
        Self {
            always: true,
            ..Self::new(name, difference, sql)
        }
    }

    const fn nothing(name: &'static str) -> Self {
        Self::new(name, "it is accepted and does nothing", "")
    }

    /// Returns what replaces the extension, unless the server has the extension itself.
    pub(super) async fn of(
        extension: &str,
        connection: &mut PgConnection,
    ) -> sqlx::Result<Option<&'static Self>> {
        let Some(replacement) = REPLACEMENTS
            .iter()
            .find(|one| one.stand_in.name == extension)
        else {
            return Ok(None);
        };
        let is_real: bool = sqlx::query_scalar(
            "select exists (select from pg_extension where extname = $1) \
             or not $2 and exists (select from pg_available_extensions where name = $1)",
        )
        .bind(replacement.stand_in.name)
        .bind(replacement.always)
        .fetch_one(connection)
        .await?;
        Ok((!is_real).then_some(replacement))
    }

    /// Creates it in this schema, unless the database has it.
    pub(super) async fn create(
        &self,
        schema: Option<&str>,
        connection: &mut PgConnection,
    ) -> sqlx::Result<()> {
        let is_new = sqlx::query(
            "insert into supabase_migrations.stand_ins (name) values ($1) on conflict do nothing",
        )
        .bind(self.stand_in.name)
        .execute(&mut *connection)
        .await?
        .rows_affected()
            > 0;
        if is_new {
            let schema = schema.unwrap_or(DEFAULT_SCHEMA).replace('"', "\"\"");
            let sql = self.sql.replace("@extschema@", &format!("\"{schema}\""));
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}

/// The extensions that every project has before its first migration.
pub(super) const PRELOADED: [&str; 2] = ["pgcrypto", "uuid-ossp"];

/// Returns the names of the extensions that every project has, and the SQL of their stand-ins.
pub(super) fn preloaded() -> impl Iterator<Item = &'static str> {
    let stand_ins = REPLACEMENTS.iter();
    let stand_ins = stand_ins.filter(|one| PRELOADED.contains(&one.stand_in.name));
    PRELOADED.into_iter().chain(stand_ins.map(|one| one.sql))
}

/// Creates the extensions that every project has, in the schema `extensions`.
pub(super) async fn create_preloaded(connection: &mut PgConnection) -> sqlx::Result<()> {
    const SCHEMA: &str = "extensions";
    for name in PRELOADED {
        match Replacement::of(name, connection).await? {
            Some(replacement) => replacement.create(Some(SCHEMA), connection).await?,
            None => {
                let create =
                    format!("create extension if not exists \"{name}\" with schema {SCHEMA}");
                sqlx::raw_sql(AssertSqlSafe(create))
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    Ok(())
}
