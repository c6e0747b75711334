//! The program `supabase-task`: `cargo install supabase-task --features cli`.
//!
//! ```text
//! supabase-task gen types --output src/database.rs
//! ```
//!
//! writes the tables, views, enums and functions of a database as a Rust module: what
//! `createClient<Database>` is for supabase-js. It is read from PostgreSQL (`--db-url`, or the
//! variable `SUPABASE_DB_URL` or `DATABASE_URL`) or from a project's API (`--project-url`, or
//! `SUPABASE_URL`, and a key). Regenerating is stable: the same database gives the same bytes, in
//! the form that rustfmt leaves alone. `--check` tells in CI whether the file is still right.
//!
//! # What is written
//!
//! | in the database | in Rust |
//! | --- | --- |
//! | table or view `todos` | `struct Todos` with `#[derive(Row)]` |
//! | new rows of it | `struct TodosInsert`: what has a default or can be NULL is an `Option` that is left out when `None`; `TodosInsert::new(…)` takes the rest |
//! | changes to it | `struct TodosUpdate`: all optional; what can be NULL is an `Option<Option<T>>`, and `Some(None)` clears it |
//! | enum `mood` | `enum Mood`, which filters take |
//! | composite type `address` | `struct Address` |
//! | function `add(a, b)` | `struct AddArguments { a, b }`, for `supabase.call(&arguments)` |
//! | `returns table (…)`, `out` arguments | `struct AddRow` |
//! | comments | docs |
//!
//! A view has structs for new rows and changes only where PostgreSQL says that it takes them.
//! Columns of views, fields of composite types and columns of `returns table` can all be NULL as far
//! as PostgreSQL knows, so they are `Option`s. Columns that the database alone writes
//! (`generated always`) are in the row only. A single value that a function returns is taken to be
//! not NULL, as by supabase-js: see [`Client::call`](crate::Client::call). Functions that the API
//! cannot call, those with an argument without a name, are left out, with a note. Relationships
//! between tables are not written: give a struct of your own `#[row(embed)]` fields for them.
//!
//! | type in the database | in Rust |
//! | --- | --- |
//! | `smallint`, `integer`, `bigint` | `i16`, `i32`, `i64` |
//! | `real`, `double precision` | `f32`, `f64` (NaN and infinities cannot be read) |
//! | `numeric`, `money` | `String`, read as text so that no digit is lost; a `numeric` that cannot be read so, in an array or a composite type or from a function, is a [`Numeric`](crate::client::types::Numeric), which loses none either |
//! | `boolean` | `bool` |
//! | `uuid` | [`Uuid`](crate::client::types::Uuid) |
//! | `json`, `jsonb` | [`Value`](crate::client::types::Value) |
//! | text of any kind, dates and times, `interval`, `bytea`, `inet`, `tsvector`, ranges, … | `String`, in PostgreSQL's text form |
//! | arrays | `Vec<T>`, of one dimension and without NULLs |
//! | domains | what they are of |
//! | enums, composite types | the type written for them |
//! | types of extensions, of schemas not asked for, and rows inside of rows | [`Value`](crate::client::types::Value) (`String` for `citext`, `ltree` and vectors) |
//!
//! `--type timestamptz=chrono::DateTime<chrono::Utc>` puts a type of yours in place of these, also
//! for a domain or an enum.
//!
//! The module needs this crate and `serde` with its feature `derive`.
//!
//! # Exit codes
//!
//! 0 when it is done; 1 when it failed, or a file checked differs; 2 for an option that does not
//! exist; 3 for a setting that is missing or wrong. Messages go to the standard error, and never
//! hold a password or a key.

mod types;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::types::{GenTypes, GenerateError};
use crate::config::Settings;

/// Where variables are looked up.
type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

const FAILED: u8 = 1;
const BAD_CONFIGURATION: u8 = 3;

/// Background tasks for Supabase in Rust.
#[derive(Debug, Parser)]
#[command(name = "supabase-task", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write code from what is in a database.
    #[command(subcommand, arg_required_else_help = true)]
    Gen(Gen),
}

#[derive(Debug, Subcommand)]
enum Gen {
    Types(GenTypes),
}

/// The program `supabase-task`, with the arguments and variables of this process.
#[must_use = "the exit code tells whether it worked"]
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// The program with other arguments; the first is its name.
///
/// It starts a runtime of its own: call it outside of one, or in `tokio::task::spawn_blocking`.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// let written = supabase_task::cli::run(["supabase-task", "gen", "types", "--output", "db.rs"]);
/// assert_eq!(written, ExitCode::SUCCESS);
/// ```
#[must_use = "the exit code tells whether it worked"]
pub fn run<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>) -> ExitCode {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(refused) => {
            // Nobody is there to be told.
            let _ = refused.print();
            return ExitCode::from(u8::try_from(refused.exit_code()).unwrap_or(FAILED));
        }
    };
    match execute(line.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is_configuration() {
                BAD_CONFIGURATION
            } else {
                FAILED
            })
        }
    }
}

fn execute(command: Command) -> Result<(), GenerateError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(GenerateError::Runtime)?;
    let Command::Gen(Gen::Types(types)) = command;
    runtime.block_on(types.run(&Settings::environment))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn an_option_that_does_not_exist_is_exit_code_2() {
        assert_eq!(run(["supabase-task", "gen", "types", "--nope"]), 2.into());
        let checked_what = run(["supabase-task", "gen", "types", "--check"]);
        assert_eq!(checked_what, 2.into());
    }
}
