//! The errors of a local stack.

use std::fmt;
use std::io;
use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition};

use super::advice;
use super::statements::{Kind, Statement, tokens};

pub(super) type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error of a [`LocalSupabase`](super::LocalSupabase) that could not start, stop or run a statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The embedded PostgreSQL did not start.
    #[error(
        "the embedded PostgreSQL did not start; check that the system's temporary and cache \
         folders are writable: {0}"
    )]
    PostgresStart(#[source] Source),

    /// The installed PostgreSQL did not start.
    #[error(
        "the PostgreSQL installed in {} did not start: {source}; repair it, or set \
         SUPABASE_TASK_POSTGRES=embedded", folder.display()
    )]
    InstalledPostgres {
        /// The folder of its programs.
        folder: PathBuf,
        /// The error of the system or of PostgreSQL.
        source: Source,
    },

    /// An installed PostgreSQL was asked for, and there is none.
    #[error(
        "no installed PostgreSQL 14 or later: there is no `initdb` and `postgres` on PATH, in \
         `pg_config --bindir` or where packages install them; install one \
         (`apt-get install postgresql`, `brew install postgresql`), or set \
         SUPABASE_TASK_POSTGRES=embedded"
    )]
    NotInstalled,

    /// The environment variable `SUPABASE_TASK_POSTGRES` has a value that means nothing.
    #[error(
        "SUPABASE_TASK_POSTGRES has an unknown value; expected `installed`, `embedded` or a URL like \
         postgresql://user:password@host:port/database"
    )]
    PostgresVariable,

    /// The PostgreSQL of the stack did not stop cleanly.
    #[error("the stack's PostgreSQL did not stop cleanly: {0}")]
    PostgresStop(#[source] Source),

    /// The URL given to [`database_url`](super::LocalSupabaseBuilder::database_url) is not valid.
    #[error(
        "the database URL is not valid, expected postgresql://user:password@host:port/database: {0}"
    )]
    DatabaseUrl(#[source] Source),

    /// The connection to the PostgreSQL of the given database URL failed.
    #[error(
        "no connection to the database URL's PostgreSQL at {address}: {source}; check that it is \
         running, and the URL's user, password and database"
    )]
    Connect {
        /// Its host and port, or the folder of its socket.
        address: String,
        /// The error of the system or of PostgreSQL.
        source: Source,
    },

    /// The connection to PostgreSQL broke.
    #[error("the connection to PostgreSQL failed: {0}")]
    Connection(#[source] Source),

    /// The role of the given database URL may not create Supabase's roles.
    #[error(
        "the database URL connects as `{role}`, which is not a superuser; use the URL of a \
         superuser: in most databases `postgres`, on Supabase `supabase_admin`"
    )]
    NotSuperuser {
        /// The role the URL connects as.
        role: String,
    },

    /// The project's own tasks cannot be used: two have the same id, or there is no HTTP client.
    #[error(transparent)]
    Config(crate::config::ConfigError),

    /// Supabase's roles and schemas could not be created.
    #[error("Supabase's roles and schemas could not be created in the database: {0}")]
    Schemas(#[source] Source),

    /// PostgreSQL refused a statement.
    #[error(transparent)]
    Sql(#[from] Box<SqlError>),

    /// The project's folder could not be read.
    #[error(
        "the project's folder {} could not be read: {source}; it is `supabase` in most projects, beside the \
         code", path.display()
    )]
    ProjectFolder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// The project's `config.toml` could not be read, or a value in it is of another type than in the Supabase CLI.
    #[error("{} is not a config of the Supabase CLI: {reason}", path.display())]
    ProjectConfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and in which line.
        reason: String,
    },

    /// The migrations folder could not be read.
    #[error("the migrations folder {} could not be read: {source}", path.display())]
    MigrationsFolder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// The migrations folder holds no migration.
    #[error(
        "the migrations folder {} holds no migration; \
         their file names must be like 20260101120000_create_todos.sql", path.display()
    )]
    NoMigrations {
        /// The folder.
        path: PathBuf,
    },

    /// A migration or the seed file could not be read.
    #[error("the SQL file {} could not be read: {source}", path.display())]
    SqlFile {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// The JWT secret is shorter than the 32 characters PostgREST asks for.
    #[error("the JWT secret has {length} characters; PostgREST asks for 32 or more")]
    JwtSecretTooShort {
        /// The number of characters given.
        length: usize,
    },

    /// The text given to [`jwks`](super::LocalSupabaseBuilder::jwks) is not a usable key set.
    #[error(
        "the JWKS cannot be used, expected {{\"keys\":[…]}} with ES256 or RS256 keys: {reason}"
    )]
    Jwks {
        /// What is wrong with it. It never contains a key.
        reason: String,
    },

    /// The stack's own API keys could not be made.
    #[error("the stack's API keys could not be made: {0}")]
    Keys(#[source] Source),

    /// The API could not read the database's schema.
    #[error("the API could not read the database's schema: {0}")]
    SchemaCache(#[source] Source),

    /// The system did not provide a port on 127.0.0.1, or a thread.
    #[error("the system did not provide {what} for the stack: {source}")]
    System {
        /// What the stack needed.
        what: &'static str,
        /// The system's error.
        source: io::Error,
    },

    /// The stack has stopped.
    #[error("the local stack has stopped; start another one")]
    Stopped,

    /// PostgreSQL was still running a statement when the time limit for stopping had passed.
    #[error("PostgreSQL is still running a statement; it stops when the statement ends")]
    Busy,
}

impl LocalError {
    /// Converts the error of an attempt to connect.
    pub(super) fn connect(error: sqlx::Error, options: &PgConnectOptions) -> Self {
        let address = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        // The text that `sqlx` puts around these adds nothing.
        let source = match error {
            sqlx::Error::Database(error) => error.message().into(),
            sqlx::Error::Io(error) => error.into(),
            error => error.into(),
        };
        Self::Connect { address, source }
    }

    /// Converts the error of `sql`, which is one statement.
    pub(super) fn from_sql(error: sqlx::Error, origin: &str, sql: &str) -> Self {
        let text = sql;
        Self::from_statement(error, origin, sql, Statement { text, offset: 0 })
    }

    /// Converts the error of a statement of `origin`, whose whole text is `sql`.
    pub(super) fn from_statement(
        error: sqlx::Error,
        origin: &str,
        sql: &str,
        statement: Statement<'_>,
    ) -> Self {
        let refusal = error
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
            .map(|error| SqlError::new(error, origin, sql, statement));
        match refusal {
            Some(refusal) => Self::Sql(Box::new(refusal)),
            None => Self::Connection(error.into()),
        }
    }

    /// `copy … from stdin` in a file, which PostgreSQL would wait for the rows of.
    pub(super) fn copy(origin: &str, sql: &str, statement: Statement<'_>) -> Self {
        Self::Sql(Box::new(SqlError {
            origin: origin.to_owned(),
            position: Some(line_and_column(sql, characters(sql, statement.offset) + 1)),
            message: "COPY FROM STDIN takes its rows from psql".to_owned(),
            code: "0A000".to_owned(),
            detail: None,
            hint: None,
            context: None,
            statement: first_words(statement.text),
            advice: Some(advice::COPY.to_owned()),
        }))
    }
}

/// PostgreSQL refused a statement.
///
/// Its `Display` is one line:
/// `20260101120000_todos.sql:3:12: syntax error at or near "tabel" (SQLSTATE 42601); statement: create tabel todos …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct SqlError {
    /// Where the statement came from: the path of a file, or `execute`.
    pub origin: String,
    /// The line and the column PostgreSQL points at, both from 1, or where the statement starts.
    pub position: Option<(usize, usize)>,
    /// PostgreSQL's message.
    pub message: String,
    /// The SQLSTATE, such as `42601`.
    pub code: String,
    /// PostgreSQL's `DETAIL`.
    pub detail: Option<String>,
    /// PostgreSQL's `HINT`.
    pub hint: Option<String>,
    /// PostgreSQL's `CONTEXT`: the functions that were running.
    pub context: Option<String>,
    /// The first words of the statement, without the texts in it: `create policy own on todos`.
    pub statement: String,
    /// What to do about it, for what a stack is known to lack.
    pub advice: Option<String>,
}

impl SqlError {
    fn new(error: &PgDatabaseError, origin: &str, sql: &str, statement: Statement<'_>) -> Self {
        let before = characters(sql, statement.offset);
        let character = match error.position() {
            Some(PgErrorPosition::Original(character)) => character,
            _ => 1,
        };
        Self {
            origin: origin.to_owned(),
            position: Some(line_and_column(sql, before + character)),
            statement: first_words(statement.text),
            advice: advice::advice(error.code(), error.message()),
            message: without_texts(error.message(), "at or near \"").replace('\n', " "),
            code: error.code().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: error
                .r#where()
                .map(|context| without_texts(context, "SQL statement \"")),
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {} (SQLSTATE {})", self.message, self.code)?;
        for (name, text) in [
            ("detail", &self.detail),
            ("hint", &self.hint),
            ("context", &self.context),
        ] {
            if let Some(text) = text {
                write!(f, "; {name}: {}", text.replace('\n', ", "))?;
            }
        }
        if !self.statement.is_empty() {
            write!(f, "; statement: {}", self.statement)?;
        }
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// Leaves out the texts in the SQL that PostgreSQL repeats after `mark`: they may be secrets.
fn without_texts(message: &str, mark: &str) -> String {
    let mut parts = message.split(mark);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for sql in parts {
        shown.push_str(mark);
        let mut end = 0;
        for token in tokens(sql).filter(|token| token.kind == Kind::Text) {
            shown.push_str(sql.get(end..token.range.start).unwrap_or_default());
            shown.push('…');
            end = token.range.end;
        }
        shown.push_str(sql.get(end..).unwrap_or_default());
    }
    shown
}

/// How many characters the first `bytes` are.
fn characters(sql: &str, bytes: usize) -> usize {
    sql.get(..bytes).unwrap_or_default().chars().count()
}

/// The first words of a statement, up to the first text, which may be a secret.
fn first_words(statement: &str) -> String {
    const MOST: usize = 8;
    let mut tokens = tokens(statement);
    let shown: Vec<_> = tokens
        .by_ref()
        .take_while(|token| token.kind != Kind::Text)
        .take(MOST)
        .collect();
    let mut words = String::new();
    let mut end = 0;
    for token in &shown {
        if token.range.start > end && !words.is_empty() {
            words.push(' ');
        }
        words.push_str(token.text(statement));
        end = token.range.end;
    }
    if end < statement.len() {
        words.push_str(" …");
    }
    words
}

/// PostgreSQL counts characters, from 1, over the whole text it was sent.
fn line_and_column(sql: &str, character: usize) -> (usize, usize) {
    let before = sql.chars().take(character.saturating_sub(1));
    before.fold((1, 1), |(line, column), c| match c {
        '\n' => (line + 1, 1),
        _ => (line, column + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_is_a_line_and_a_column_in_characters() {
        let sql = "-- é\nselect 1;\n  selekt";
        let character = sql.chars().count() - "selekt".len() + 1;
        assert_eq!(line_and_column(sql, character), (3, 3));
        assert_eq!(line_and_column(sql, 1), (1, 1));
    }

    #[test]
    fn one_line_names_file_position_message_and_code() {
        let error = SqlError {
            origin: "supabase/seed.sql".to_owned(),
            position: Some((3, 12)),
            message: "relation \"todos\" does not exist".to_owned(),
            code: "42P01".to_owned(),
            detail: None,
            hint: Some("create it".to_owned()),
            context: Some("SQL function \"f\"\nline 2".to_owned()),
            statement: "insert into todos …".to_owned(),
            advice: None,
        };
        assert_eq!(
            error.to_string(),
            "supabase/seed.sql:3:12: relation \"todos\" does not exist (SQLSTATE 42P01); \
             hint: create it; context: SQL function \"f\", line 2; statement: insert into todos …"
        );
    }
}
