//! The command and its options.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::catalog::Catalog;
use super::overrides::Override;
use super::source::Source;
use super::{GenerateError, render};
use crate::cli::database::{DATABASE_HELP, UrlOption};
use crate::cli::output::{tell, write_text};
use crate::cli::variables::Variables;

/// Write the tables, views, enums and functions of a database as a Rust module.
///
/// Each table becomes a struct with `#[derive(Row)]`, and one each for new rows and for changes.
/// Functions become structs of their arguments. Save the module in your crate, and use it:
///
///   supabase-task gen types --output src/database.rs
///   supabase-task gen types --local --output src/database.rs
///
///   mod database;
///   use database::{Todos, TodosInsert};
///   let todos = supabase.table::<Todos>().filter(Todos::done.eq(false)).rows().await?;
///
/// Run it again after each migration. In CI, `--check` fails if that was forgotten.
///
/// From a database, it reads everything except the types of extensions. A project's API does not
/// describe what functions return (their result is then any JSON), composite types, overloaded
/// functions, or whether a view accepts new rows or only changes; and it shows only what the key may
/// use.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment, after_long_help = DATABASE_HELP)]
pub(crate) struct GenTypes {
    #[command(flatten)]
    database: UrlOption,

    /// The project whose API to read, as `https://PROJECT_REF.supabase.co`.
    ///
    /// The default is the database of SUPABASE_DB_URL or DATABASE_URL, or else SUPABASE_URL. The key is
    /// read from SUPABASE_SECRET_KEY, or else SUPABASE_PUBLISHABLE_KEY, or their older names.
    #[arg(long, value_name = "URL", conflicts_with = "db_url")]
    project_url: Option<String>,

    /// Read the files of a project instead, in `supabase` or FOLDER: its migrations run in a temporary database.
    ///
    /// No database has to be running: an installed PostgreSQL is started for it, or the embedded one. A type that
    /// comes from an extension is left out.
    #[arg(
        long,
        value_name = "FOLDER",
        num_args = 0..=1,
        default_missing_value = "supabase",
        conflicts_with_all = ["db_url", "project_url"]
    )]
    local: Option<PathBuf>,

    /// A schema to write; repeat it for several, each of which becomes a module.
    #[arg(long = "schema", value_name = "NAME", default_value = "public")]
    schemas: Vec<String>,

    /// The file to write; it is not touched if it would not change. The standard output by default.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write nothing; exit with code 1 if FILE is out of date.
    #[arg(long, requires = "output")]
    check: bool,

    /// Your own Rust type for a type of the database; repeat it for several.
    ///
    /// For example `timestamptz=chrono::DateTime<chrono::Utc>`, `numeric=f64`, or
    /// `numeric::text=rust_decimal::Decimal` for one that is read as text, so that no digit is lost.
    /// The Rust type must implement Debug, Clone, PartialEq, Serialize and Deserialize, and its JSON
    /// must be that of PostgreSQL.
    #[arg(long = "type", value_name = "PG_TYPE=RUST_TYPE")]
    types: Vec<Override>,
}

impl GenTypes {
    pub(crate) async fn run(self, variables: Variables<'_>) -> Result<(), GenerateError> {
        let source = match self.local {
            Some(folder) => Source::Local(folder),
            None => Source::find(self.database, self.project_url, variables)?,
        };
        let mut schemas: Vec<String> = Vec::new();
        for schema in self.schemas {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        let catalog: Catalog = source.catalog(&schemas).await?;
        for sentence in &catalog.left_out {
            tell(format_args!("note: {sentence}"));
        }
        let text = render::module(&catalog, &self.types.into_iter().collect());
        match self.output {
            None => write_text(&text).map_err(GenerateError::Output),
            Some(path) if self.check => check(path, &text),
            Some(path) => write(path, &text),
        }
    }
}

fn check(path: PathBuf, text: &str) -> Result<(), GenerateError> {
    match is_already(&path, text) {
        Ok(true) => Ok(()),
        Ok(false) => Err(GenerateError::Differs { path }),
        Err(source) => Err(GenerateError::File {
            action: "read",
            path,
            source,
        }),
    }
}

/// A file that would not change keeps its modification time, so that nothing is rebuilt.
fn write(path: PathBuf, text: &str) -> Result<(), GenerateError> {
    if matches!(is_already(&path, text), Ok(true)) {
        return Ok(());
    }
    fs::write(&path, text).map_err(|source| GenerateError::File {
        action: "written",
        path,
        source,
    })
}

fn is_already(path: &Path, text: &str) -> io::Result<bool> {
    match fs::read(path) {
        Ok(present) => Ok(present == text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
