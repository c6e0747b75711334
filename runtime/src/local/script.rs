//! Runs SQL of a project, statement by statement, as the Supabase CLI does.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::LocalError;
use super::extensions::{Command, Replacement, Verb};
use super::statements::{self, Statement, statements};

/// SQL of a project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script<'a> {
    /// Where it comes from: a file's path, or how it was given.
    pub(super) origin: &'a str,
    pub(super) sql: &'a str,
}

impl Script<'_> {
    /// Runs all statements in one transaction, unless there is only one, or the SQL has transactions of its own.
    pub(super) async fn execute(&self, connection: &mut PgConnection) -> Result<(), LocalError> {
        let is_one = statements(self.sql).nth(1).is_none();
        if is_one || statements(self.sql).any(|statement| begins(statement.text)) {
            return self.run(connection).await;
        }
        let refused = |error| self.refused_at_end(error);
        let mut transaction = connection.begin().await.map_err(refused)?;
        self.run(&mut transaction).await?;
        transaction.commit().await.map_err(refused)
    }

    /// Runs all statements.
    pub(super) async fn run(&self, connection: &mut PgConnection) -> Result<(), LocalError> {
        for statement in statements(self.sql) {
            let refused = |error| self.refused(error, statement);
            if copies_from_stdin(statement.text) {
                return Err(LocalError::copy(self.origin, self.sql, statement));
            }
            let replaced = replace_extensions(statement.text, connection);
            let Some(text) = replaced.await.map_err(refused)? else {
                continue;
            };
            sqlx::raw_sql(AssertSqlSafe(text.as_ref()))
                .execute(&mut *connection)
                .await
                .map_err(refused)?;
        }
        Ok(())
    }

    /// Converts an error that no statement of it caused, such as that of a deferred constraint.
    pub(super) fn refused_at_end(&self, error: sqlx::Error) -> LocalError {
        let end = Statement {
            text: "",
            offset: self.sql.len(),
        };
        self.refused(error, end)
    }

    fn refused(&self, error: sqlx::Error, statement: Statement<'_>) -> LocalError {
        LocalError::from_statement(error, self.origin, self.sql, statement)
    }
}

/// Creates stand-ins for the extensions that the statement creates and the server does not have. Returns what is left
/// to run.
async fn replace_extensions<'a>(
    statement: &'a str,
    connection: &mut PgConnection,
) -> sqlx::Result<Option<Cow<'a, str>>> {
    let mut text = Cow::Borrowed(statement);
    for command in Command::of(statement) {
        if !replace(&command, connection).await? {
            continue;
        }
        if command.range == (0..statement.len()) {
            return Ok(None);
        }
        let nothing = blanked(statement.get(command.range.clone()).unwrap_or_default());
        text.to_mut().replace_range(command.range, &nothing);
    }
    Ok(Some(text))
}

async fn replace(command: &Command, connection: &mut PgConnection) -> sqlx::Result<bool> {
    let Some(replacement) = Replacement::of(&command.name, connection).await? else {
        return Ok(false);
    };
    if command.verb == Verb::Create {
        replacement
            .create(command.schema.as_deref(), connection)
            .await?;
    }
    Ok(true)
}

/// `null`, the statement of PL/pgSQL that does nothing, as long as `text` and with its lines.
fn blanked(text: &str) -> String {
    let letters = text.bytes().skip("null".len());
    let rest = letters.map(|letter| if letter == b'\n' { '\n' } else { ' ' });
    "null".chars().chain(rest).collect()
}

fn begins(statement: &str) -> bool {
    let first = statements::tokens(statement).next();
    first.is_some_and(|word| {
        ["begin", "start", "commit"]
            .iter()
            .any(|keyword| word.is(statement, keyword))
    })
}

/// Whether it is `copy … from stdin`, whose rows follow in the file: only `psql` runs that.
fn copies_from_stdin(statement: &str) -> bool {
    let mut tokens = statements::tokens(statement);
    tokens.next().is_some_and(|word| word.is(statement, "copy"))
        && tokens
            .zip(statements::tokens(statement).skip(2))
            .any(|(from, stdin)| from.is(statement, "from") && stdin.is(statement, "stdin"))
}
