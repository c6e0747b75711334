//! Why no types were written.

use std::fmt;
use std::path::PathBuf;

use serde_json::error::Category;

use crate::cli::database_error::DatabaseError;
use crate::client::{ClientError, without_data};
use crate::config::ConfigError;
use crate::reach;

/// Why no types were written. Its text never contains a password or a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    #[error(
        "no database to read: set `SUPABASE_DB_URL` or `DATABASE_URL` to its URL; to read the \
         project's API instead, give `--project-url`, or set `SUPABASE_URL`, and set a key"
    )]
    NoSource,
    #[cfg(feature = "local")]
    #[error("the project's own database: {0}")]
    Local(#[from] crate::local::LocalError),
    #[cfg(not(feature = "local"))]
    #[error(
        "`--local` needs a program with the feature `local`: \
         `cargo install --path runtime --features cli,postgres,local`"
    )]
    WithoutLocal,
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Project(#[from] ConfigError),
    #[error("the database's catalog cannot be read: {}", reach::said(.0))]
    Query(#[source] sqlx::Error),
    #[error(
        "the database's catalog has the {entry} in a form that is not known: {problem}; types can \
         be written for PostgreSQL 14 and later"
    )]
    Entry { entry: String, problem: Unreadable },
    #[error(
        "the API's description of the schema `{schema}` does not have PostgREST's form: \
         {problem}; check that the URL is the project's own, or set SUPABASE_DB_URL to read the database"
    )]
    Document { schema: String, problem: Unreadable },
    #[error(transparent)]
    Api(#[from] ClientError),
    #[error("there is no schema `{name}`; the schemas are {existing}")]
    NoSchema { name: String, existing: String },
    #[error("`{}` cannot be {action}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "`{}` does not match the database: write it again, without `--check`", path.display()
    )]
    Differs { path: PathBuf },
    #[error("the types cannot be written to the standard output: {0}")]
    Output(#[source] std::io::Error),
}

impl GenerateError {
    pub(super) fn no_schema(name: &str, existing: impl IntoIterator<Item = String>) -> Self {
        let existing: Vec<String> = existing
            .into_iter()
            .map(|schema| format!("`{schema}`"))
            .collect();
        Self::NoSchema {
            name: name.to_owned(),
            existing: existing.join(", "),
        }
    }

    /// Whether an input is missing or wrong.
    pub(crate) fn is_configuration(&self) -> bool {
        match self {
            Self::NoSource | Self::Project(_) => true,
            Self::Database(error) => error.is_configuration(),
            _ => false,
        }
    }
}

/// A problem in JSON, and its place.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// A path such as `definitions.todos.required`. Empty or `.` for the whole.
    pub(super) place: String,
    pub(super) reason: String,
}

impl From<&serde_path_to_error::Error<serde_json::Error>> for Unreadable {
    fn from(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        match inner.classify() {
            Category::Syntax => return Self::whole("it is not JSON"),
            Category::Eof | Category::Io => return Self::whole("it is JSON that ends too early"),
            Category::Data => {}
        }
        let reason = without_data(inner).unwrap_or_else(|| {
            let text = inner.to_string();
            match text.rsplit_once(" at line ") {
                Some((reason, _)) => reason.to_owned(),
                None => text,
            }
        });
        Self {
            place: error.path().to_string(),
            reason: in_words_of_json(&reason),
        }
    }
}

impl Unreadable {
    fn whole(reason: &str) -> Self {
        Self {
            place: String::new(),
            reason: reason.to_owned(),
        }
    }
}

/// Replaces serde's terms with those of JSON.
fn in_words_of_json(reason: &str) -> String {
    let (found, expected) = match reason.rsplit_once(", expected ") {
        Some((found, expected)) => (found, Some(expected)),
        None => (reason, None),
    };
    let found = found
        .replace("invalid type: sequence", "found an array")
        .replace("invalid type: map", "found an object")
        .replace("invalid type: floating point", "found a number")
        .replace("invalid type: integer", "found a number")
        .replace("invalid type: string", "found a text")
        .replace("invalid type: boolean", "found true or false")
        .replace("invalid type: ", "found ");
    let expected = expected.map(|expected| match expected {
        "a sequence" => "an array",
        "a map" => "an object",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a character" => "a letter",
        "i32" | "i64" | "usize" => "a number",
        other => other,
    });
    match expected {
        Some(expected) => format!("{found} where {expected} is expected"),
        None => found,
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" | "." => f.write_str(&self.reason),
            // Names come from outside.
            place => write!(f, "at `{}`: {}", place.escape_debug(), self.reason),
        }
    }
}
