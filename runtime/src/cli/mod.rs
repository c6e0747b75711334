//! The command line: the program `supabase-task`, and the `main` of a program of tasks.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use supabase_task::prelude::*;
//!
//! #[supabase_task(auth = "service")]
//! async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
//!     Ok(supabase.from("todos").select("*").head().await?)
//! }
//!
//! fn main() -> ExitCode {
//!     supabase_task::cli::main()
//! }
//! ```
//!
//! This is a complete program, `my-tasks`, with these commands:
//!
//! | command | what it does | needs |
//! | --- | --- | --- |
//! | `tasks` | lists the tasks: identity, queue, schedule, the variables they need | nothing |
//! | `run TASK` | runs a task in this process, with retries and hooks | the task's keys |
//! | `trigger TASK` | stores a run of a task for a worker | a database |
//! | `worker` | runs triggered and scheduled tasks | the tasks' keys, a database |
//! | `runs list`, `show`, `cancel`, `replay` | lists, shows, cancels and repeats runs | a database |
//! | `migrate` | creates the queue's tables, or prints their SQL | a database |
//! | `check` | checks the keys, the project and the database | whatever is to be checked |
//! | `roles sql`, `check` | prints the migration of the declared roles, compares a database with them | nothing; a database |
//! | `gen types` | writes a database's tables as Rust types | a database, or a project and a key |
//! | `completions SHELL` | writes a completion script for bash, zsh, fish, PowerShell or elvish | nothing |
//!
//! ```text
//! my-tasks tasks
//! my-tasks run count_todos
//! my-tasks run add_todo --payload '{"user_id": "5f0c8f0e-…", "title": "call the bank"}'
//! my-tasks migrate --print > supabase/migrations/20260101000000_queue.sql
//! my-tasks trigger add_todo --payload @todo.json --delay 10m --tag import
//! my-tasks worker --concurrency 20 --drain 25s
//! my-tasks runs list --status failed --json
//! ```
//!
//! The program `supabase-task`, which this crate installs with its features `cli` and `postgres`, is the same
//! program without tasks: `check`, `migrate`, `runs list`, `show` and `cancel`, `gen types` and `completions`
//! need no tasks. Commands that need a database also need the feature `postgres`, except `check` and
//! `gen types`.
//!
//! # Variables
//!
//! The project's keys come from the variables of [`Supabase::from_env`](crate::Supabase::from_env). A
//! command reads only the keys that its tasks need: `tasks`, `trigger`, `runs` and `migrate` read none.
//! The database's URL comes from `SUPABASE_DB_URL`, or else from `DATABASE_URL`. No file is read, not even
//! `.env`: load one with `dotenvy` before [`main`], or in the shell. No output and no log contains a key or
//! a password.
//!
//! Every user of the machine can read the command line. So `--db-url` accepts a database's URL with a
//! warning, and a URL anywhere else is refused. Errors do not repeat it, nor any other argument that may
//! hold a secret.
//!
//! # Output
//!
//! Only the result goes to the standard output: the output of `run`, the id of `trigger`, a table, or
//! with `--json` JSON for other programs, whose fields are stable. Long values are cut in tables, in
//! `runs show` and in errors, with a note of their length; `--json` shows them in full. The output of a
//! run is complete in a file or a pipe, and cut on a terminal. Everything else, such as progress and
//! errors, goes to the standard error. `run` and `worker` also log there, unless the program has set up a
//! log of its own. `RUST_LOG` selects the lines; the default is `warn,supabase_task=info`. Lines of
//! `graphile_worker` below `warn` contain payloads, and are shown only if `RUST_LOG` names it.
//!
//! # Exit codes
//!
//! | code | |
//! | --- | --- |
//! | 0 | success |
//! | 1 | failure; for `run` and `trigger --wait`: the run failed after its last attempt, took longer than its `max_duration`, crashed or expired |
//! | 2 | the task aborted ([`TaskError::abort`](crate::TaskError::abort)), a hook decided against a retry, or the run was cancelled |
//! | 3 | a payload, an option, a variable or a task's id is missing or wrong; nothing was done |
//!
//! `gen types` has its own codes: 0 and 1 as above, 2 for an option that does not exist, and 3
//! for a setting that is missing or wrong.
//!
//! # `gen types`
//!
//! ```text
//! supabase-task gen types --output src/database.rs
//! ```
//!
//! This command writes the tables, views, enums and functions of a database as a Rust module, the
//! counterpart of `createClient<Database>` in supabase-js. It reads them from PostgreSQL (the variable
//! `SUPABASE_DB_URL` or `DATABASE_URL`) or from a project's API (`--project-url`, or `SUPABASE_URL`, and a
//! key). The output is stable: the same database gives the same bytes, in the form that rustfmt leaves
//! unchanged. In CI, `--check` fails if the file is out of date.
//!
//! | in the database | in Rust |
//! | --- | --- |
//! | table or view `todos` | `struct Todos` with `#[derive(Row)]` |
//! | new rows of it | `struct TodosInsert`: a column that has a default or can be NULL is an `Option`, left out when `None`; `TodosInsert::new(…)` takes the other columns |
//! | changes to it | `struct TodosUpdate`: every column is optional; one that can be NULL is an `Option<Option<T>>`, and `Some(None)` clears it |
//! | enum `mood` | `enum Mood`, which filters accept |
//! | composite type `address` | `struct Address` |
//! | function `add(a, b)` | `struct AddArguments { a, b }`, for `supabase.call(&arguments)` |
//! | `returns table (…)`, `out` arguments | `struct AddRow` |
//! | comments | docs |
//!
//! A view has structs for new rows and changes only if PostgreSQL reports that it accepts them. Columns of
//! views, fields of composite types and columns of `returns table` can all be NULL as far as PostgreSQL
//! knows, so they are `Option`s. Columns that only the database writes (`generated always`) appear only in
//! the row. A single value that a function returns is assumed to be not NULL, as in supabase-js: see
//! [`Client::call`](crate::Client::call). Functions that the API cannot call by the names of their
//! arguments, or cannot tell apart, are left out with a note. Relationships between tables are not
//! generated: use `#[row(embed)]` fields in a struct of your own.
//!
//! | type in the database | in Rust |
//! | --- | --- |
//! | `smallint`, `integer`, `bigint` | `i16`, `i32`, `i64` |
//! | `real`, `double precision` | `f32`, `f64` (for NaN and infinities, `--type float8=supabase_task::client::types::Float`) |
//! | `numeric`, `money` | `String`, read as text so that no digit is lost; a `numeric` in an array, in a composite type or from a function cannot be read as text and is a [`Numeric`](crate::client::types::Numeric), which loses none either |
//! | `boolean` | `bool` |
//! | `uuid` | [`Uuid`](crate::client::types::Uuid) |
//! | `json`, `jsonb` | [`Value`](crate::client::types::Value) |
//! | text of any kind, dates and times, `interval`, `bytea`, `inet`, `tsvector`, ranges, … | `String`, in PostgreSQL's text form |
//! | arrays | `Vec<T>`, of one dimension and without NULLs |
//! | domains | the type of their base type |
//! | enums, composite types | the type generated for them |
//! | types of extensions and of schemas that were not requested, and rows inside rows | [`Value`](crate::client::types::Value) (`String` for `citext`, `ltree` and vectors) |
//!
//! `--type timestamptz=chrono::DateTime<chrono::Utc>` replaces one of these with a type of your own, also
//! for a domain or an enum.
//!
//! The module needs this crate and `serde` with its feature `derive`.

mod arguments;
mod check;
mod command;
mod completions;
mod database;
mod database_error;
mod duration;
mod error;
mod exit;
mod follow;
mod identifier;
mod migrate;
mod output;
mod payload;
mod program;
mod queue;
mod report;
mod roles;
mod run;
mod runs;
mod runtime;
mod table;
mod tasks;
mod trigger;
mod types;
mod variables;
mod worker;

use std::ffi::OsString;
use std::process::ExitCode;

use self::program::Program;
use crate::Supabase;

/// Runs the command line as the whole `main` of a program of tasks: see [the module](self). It uses the
/// arguments and variables of this process.
///
/// It starts a runtime of its own, and returns when the command has ended. You can also call it in an
/// `async fn main`. On a multi-thread runtime, things created before, such as a connection pool, keep
/// working meanwhile. A single-thread runtime (`flavor = "current_thread"`) is blocked until it returns, so
/// call it from a plain `fn main` there, and create what tasks need in [`main_with`].
#[must_use = "the exit code tells whether it worked"]
pub fn main() -> ExitCode {
    main_with(|supabase| supabase)
}

/// Like [`main`], for tasks that take [`State<T>`](crate::State): `configure` adds their state to the
/// [`Supabase`]. Only `run`, `worker` and `check` call it.
///
/// ```no_run
/// use std::process::ExitCode;
/// use supabase_task::prelude::*;
///
/// #[derive(Clone)]
/// struct Mailer;
///
/// #[supabase_task(auth = "service")]
/// async fn remind(
///     _payload: (),
///     supabase: ServiceClient,
///     State(mailer): State<Mailer>,
/// ) -> TaskResult<()> {
///     Ok(())
/// }
///
/// fn main() -> ExitCode {
///     supabase_task::cli::main_with(|supabase| supabase.with_state(Mailer))
/// }
/// ```
#[must_use = "the exit code tells whether it worked"]
pub fn main_with(configure: impl FnOnce(Supabase) -> Supabase) -> ExitCode {
    command::execute(std::env::args_os(), Program::new(configure).with_logs())
}

/// Runs the command line with the given arguments, of which the first is the program's name. It sets up no
/// log.
///
/// It starts a runtime of its own, as [`main`] does, and blocks the calling thread until the command has
/// ended.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// let written = supabase_task::cli::run(["supabase-task", "gen", "types", "--output", "db.rs"]);
/// assert_eq!(written, ExitCode::SUCCESS);
/// ```
#[must_use = "the exit code tells whether it worked"]
pub fn run<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>) -> ExitCode {
    command::execute(arguments, Program::new(|supabase| supabase))
}
