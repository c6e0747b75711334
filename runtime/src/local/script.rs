//! Runs SQL of a project, statement by statement, as the Supabase CLI does.

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
            sqlx::raw_sql(AssertSqlSafe(text))
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
async fn replace_extensions(
    statement: &str,
    connection: &mut PgConnection,
) -> sqlx::Result<Option<String>> {
    if let Some(command) = Command::of_statement(statement) {
        let replaced = replace(&command, connection).await?;
        return Ok((!replaced).then(|| statement.to_owned()));
    }
    let mut text = statement.to_owned();
    let Some((start, body)) = block(statement) else {
        return Ok(Some(text));
    };
    for command in Command::all(body).into_iter().chain(executed(body)) {
        if replace(&command, connection).await? {
            let range = start + command.range.start..start + command.range.end;
            let nothing = blanked(body.get(command.range).unwrap_or_default());
            text.replace_range(range, &nothing);
        }
    }
    Ok(Some(text))
}

/// Returns the statements about extensions that a block runs as `execute '…'`.
fn executed(body: &str) -> Vec<Command> {
    let all: Vec<_> = statements::tokens(body).collect();
    let pairs = all.windows(2).filter_map(|pair| match pair {
        [execute, text] if execute.is(body, "execute") && text.kind == statements::Kind::Text => {
            let command = Command::of_statement(statements::body(text.text(body)).1)?;
            let range = execute.range.start..text.range.end;
            Some(Command { range, ..command })
        }
        _ => None,
    });
    pairs.collect()
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

/// Returns the body of a `do` block, and how many bytes are before it.
fn block(statement: &str) -> Option<(usize, &str)> {
    let mut tokens = statements::tokens(statement);
    if !tokens.next()?.is(statement, "do") {
        return None;
    }
    let text = tokens.find(|token| token.kind == statements::Kind::Text)?;
    let (before, body) = statements::body(text.text(statement));
    Some((text.range.start + before, body))
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
