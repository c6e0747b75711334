//! Checks the project's database.

use sqlx::{Connection, PgConnection};

use crate::cli::database::DatabaseUrl;
use crate::cli::database_error::DatabaseError;
use crate::cli::error::CommandError;
use crate::cli::report::Report;
use crate::reach;

const ROW_LEVEL_SECURITY: &str = "row level security";
const MIGRATIONS: &str = "migrations";

/// Tables that users can access without Row Level Security. Tables of extensions are left out, because the
/// project cannot change them.
const UNPROTECTED: &str = "
    select pg_catalog.format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relrowsecurity
      and (
        pg_catalog.has_any_column_privilege('authenticated', c.oid, 'select, insert, update')
        or pg_catalog.has_table_privilege('authenticated', c.oid, 'delete')
      )
      and not exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.objid = c.oid and d.deptype = 'e'
      )
    order by 1";

/// Checks the database, if its URL is known.
pub(super) async fn check(
    report: &mut Report,
    database: Option<DatabaseUrl>,
) -> Result<(), CommandError> {
    let Some(url) = database else {
        for name in [ROW_LEVEL_SECURITY, MIGRATIONS] {
            report.skipped(name, "no database URL is known: set SUPABASE_DB_URL")?;
        }
        return Ok(());
    };
    #[cfg(feature = "postgres")]
    if !super::connection::encryption(report, &url)? {
        for name in [ROW_LEVEL_SECURITY, MIGRATIONS] {
            report.skipped(name, "not connected to the database")?;
        }
        return Ok(());
    }
    match url.connect("supabase-task check").await {
        Ok(connection) => row_level_security(report, connection).await?,
        Err(error) => {
            match error {
                DatabaseError::Connect { .. } => report.bad(ROW_LEVEL_SECURITY, error)?,
                error => report.refused(ROW_LEVEL_SECURITY, error)?,
            }
            return report.skipped(MIGRATIONS, "the database cannot be reached");
        }
    }
    #[cfg(feature = "postgres")]
    if !super::connection::session(report, &url).await? {
        return report.skipped(MIGRATIONS, "the check needs a session");
    }
    migrations(report, &url).await
}

async fn row_level_security(
    report: &mut Report,
    mut connection: PgConnection,
) -> Result<(), CommandError> {
    let tables = unprotected(&mut connection).await;
    let text = match &tables {
        Ok(Some(tables)) if tables.is_empty() => {
            return report.good(
                ROW_LEVEL_SECURITY,
                "is on for every table of `public` that `authenticated` may use",
            );
        }
        Ok(Some(tables)) => format!(
            "is off for {}, where every user can do to every row what `authenticated` is granted: \
             run `alter table … enable row level security`, and add policies for what users may do",
            tables.join(", ")
        ),
        Ok(None) => "there is no role `authenticated`: is this the database of a Supabase project?"
            .to_owned(),
        Err(error) => format!(
            "the database's catalog cannot be read: {}",
            reach::said(error)
        ),
    };
    report.bad(ROW_LEVEL_SECURITY, text)
}

/// Returns `None` if the role does not exist.
async fn unprotected(connection: &mut PgConnection) -> sqlx::Result<Option<Vec<String>>> {
    // In one transaction, because otherwise a transaction pooler may send each half of a query to a
    // different server.
    let mut transaction = connection.begin().await?;
    let is_there: bool = sqlx::query_scalar(
        "select exists (select from pg_catalog.pg_roles where rolname = 'authenticated')",
    )
    .persistent(false)
    .fetch_one(&mut *transaction)
    .await?;
    if !is_there {
        return Ok(None);
    }
    sqlx::query_scalar(UNPROTECTED)
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await
        .map(Some)
}

/// Opens the queue, which reports tables that are missing or of another version.
#[cfg(feature = "postgres")]
async fn migrations(report: &mut Report, url: &DatabaseUrl) -> Result<(), CommandError> {
    match url.queue_options().migrate(false).connect().await {
        Ok(_) => report.good(MIGRATIONS, "the queue's tables are up to date"),
        Err(error) => report.bad(MIGRATIONS, error),
    }
}

#[cfg(not(feature = "postgres"))]
async fn migrations(report: &mut Report, _: &DatabaseUrl) -> Result<(), CommandError> {
    report.skipped(
        MIGRATIONS,
        "this program was built without the feature `postgres`, so it has no queue in a database",
    )
}
