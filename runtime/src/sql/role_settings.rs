//! [`RoleSettings`]: the settings that `alter role … set …` gives a role.
//!
//! PostgreSQL applies them when the role logs in, and never at `set role`. PostgREST applies them to each
//! request of the role, if any user may change them; so does a transaction here.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row, raw_sql};

use crate::literal::literal;

/// `alter role … set default_transaction_isolation` takes effect as the isolation of the transaction.
const ISOLATION: &str = "default_transaction_isolation";

/// What a role's transactions begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleSettings {
    /// As in `begin isolation level …`.
    pub(super) isolation: Option<&'static str>,
    /// Names and values, without the isolation.
    pub(super) settings: Vec<(String, String)>,
}

impl RoleSettings {
    /// Reads them from the catalog. Prepares nothing, so it works behind any pooler.
    pub(super) async fn read(connection: &mut PgConnection, role: &str) -> sqlx::Result<Self> {
        let role = literal(role);
        let sql = format!(
            "select s.name, pg_catalog.substr(given, pg_catalog.strpos(given, '=') + 1) as value \
             from pg_catalog.pg_roles r, pg_catalog.unnest(r.rolconfig) given, pg_catalog.pg_settings s \
             where r.rolname = {role} \
             and s.name = pg_catalog.split_part(given, '=', 1) and s.context = 'user'"
        );
        let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await?;
        let read = rows
            .iter()
            .map(|row| Ok((row.try_get("name")?, row.try_get("value")?)));
        Ok(Self::of(read.collect::<sqlx::Result<_>>()?))
    }

    fn of(mut settings: Vec<(String, String)>) -> Self {
        let position = settings.iter().position(|(name, _)| name == ISOLATION);
        let isolation = position.and_then(|position| isolation(&settings.remove(position).1));
        // The role is set last; nothing can be set after it.
        settings.retain(|(name, _)| name != "role" && name != "session_authorization");
        Self {
            isolation,
            settings,
        }
    }
}

/// The four that PostgreSQL has.
fn isolation(value: &str) -> Option<&'static str> {
    [
        "serializable",
        "repeatable read",
        "read committed",
        "read uncommitted",
    ]
    .into_iter()
    .find(|level| level.eq_ignore_ascii_case(value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_isolation_is_the_transactions() {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let settings = RoleSettings::of(vec![
            setting("statement_timeout", "8s"),
            setting(ISOLATION, "Repeatable Read"),
            setting("role", "postgres"),
        ]);
        assert_eq!(settings.isolation, Some("repeatable read"));
        assert_eq!(settings.settings, [setting("statement_timeout", "8s")]);
        assert_eq!(isolation("'; drop table x"), None);
    }
}
