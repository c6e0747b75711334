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
//! is all of a program `my-tasks` that has these commands:
//!
//! | command | what it does | needs |
//! | --- | --- | --- |
//! | `tasks` | lists the tasks: identity, queue, schedule, the variables they need | nothing |
//! | `run TASK` | runs a task in this process, with retries and hooks | the task's keys |
//! | `trigger TASK` | stores a run of a task for a worker | a database |
//! | `worker` | runs what was triggered and what is scheduled | the tasks' keys, a database |
//! | `runs list`, `show`, `cancel`, `replay` | what was triggered, and what came of it | a database |
//! | `migrate` | creates the queue's tables, or prints their SQL | a database |
//! | `check` | tells whether everything is in place | what is to be checked |
//! | `gen types` | writes a database's tables as Rust types | a database, or a project and a key |
//! | `completions SHELL` | writes what bash, zsh, fish, PowerShell or elvish need to complete all of this | nothing |
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
//! without tasks: `check`, `migrate`, `runs list`, `show` and `cancel`, `gen types` and `completions` need none. What needs a
//! database needs the feature `postgres` as well, except `check` and `gen types`.
//!
//! # Variables
//!
//! The project's keys are those of [`Supabase::from_env`](crate::Supabase::from_env), and only what
//! the command's own tasks need is read: `tasks`, `trigger`, `runs` and `migrate` read no key at
//! all. The database is that of `SUPABASE_DB_URL`, or else of `DATABASE_URL`. No file is read, so no
//! `.env` either: load one with `dotenvy` before [`main`], or let the shell do it. No output and no
//! log holds a key or a password.
//!
//! Every user of the machine can read what is on the command line: `--db-url` takes a database's URL and warns, and
//! anywhere else one is refused.
//! An error does not repeat it, nor any other argument that may hold a secret.
//!
//! # Output
//!
//! The result alone goes to the standard output: the output of `run`, the id of `trigger`, a table,
//! or with `--json` what other programs read, whose fields stay. What is long is cut in tables, in
//! `runs show` and in errors, and says how long it was; `--json` has all of it. An output is whole in a
//! file or a pipe, and cut on a terminal. Everything else, progress and errors,
//! goes to the standard error. `run` and `worker` also log there, unless the program has set up a
//! log of its own; `RUST_LOG` says what, and is `warn,supabase_task=info` by default. Lines of
//! `graphile_worker` below `warn` hold payloads, and are shown only if `RUST_LOG` names it.
//!
//! # Exit codes
//!
//! | code | |
//! | --- | --- |
//! | 0 | it is done |
//! | 1 | it failed; of `run` and `trigger --wait`: the run failed after its last attempt, took longer than its `max_duration`, crashed or expired |
//! | 2 | the task aborted ([`TaskError::abort`](crate::TaskError::abort)), a hook said not to try again, or somebody cancelled the run |
//! | 3 | a payload, an option, a variable or a task's id is missing or wrong, and nothing was done |
//!
//! `gen types` has codes of its own: 0 and 1 as above, 2 for an option that does not exist, and 3
//! for a setting that is missing or wrong.
//!
//! # `gen types`
//!
//! ```text
//! supabase-task gen types --output src/database.rs
//! ```
//!
//! writes the tables, views, enums and functions of a database as a Rust module: what
//! `createClient<Database>` is for supabase-js. It is read from PostgreSQL (the
//! variable `SUPABASE_DB_URL` or `DATABASE_URL`) or from a project's API (`--project-url`, or
//! `SUPABASE_URL`, and a key). Regenerating is stable: the same database gives the same bytes, in
//! the form that rustfmt leaves alone. `--check` tells in CI whether the file is still right.
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
//! cannot call by the names of their arguments, or cannot tell apart, are left out, with a note. Relationships
//! between tables are not written: give a struct of your own `#[row(embed)]` fields for them.
//!
//! | type in the database | in Rust |
//! | --- | --- |
//! | `smallint`, `integer`, `bigint` | `i16`, `i32`, `i64` |
//! | `real`, `double precision` | `f32`, `f64` (for NaN and infinities, `--type float8=supabase_task::client::types::Float`) |
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

mod arguments;
mod check;
mod command;
mod completions;
mod database;
mod duration;
mod error;
mod exit;
mod follow;
mod logs;
mod migrate;
mod output;
mod payload;
mod program;
mod queue;
mod run;
mod runs;
mod runtime;
mod table;
mod tasks;
mod trigger;
mod types;
mod worker;

use std::ffi::OsString;
use std::process::ExitCode;

use self::error::CommandError;
use self::exit::Exit;
use self::program::Program;
use crate::Supabase;

/// Where variables are looked up.
type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// The first variable that is set to something.
fn first_of(names: &[&str], variables: Variables<'_>) -> Option<String> {
    let mut values = names.iter().filter_map(|name| variables(name));
    values.find(|value| !value.trim().is_empty())
}

/// The whole `main` of a program of tasks: see [the module](self). It takes the arguments and
/// variables of this process.
///
/// It starts a runtime of its own, and returns when the command has ended. It can be called in an
/// `async fn main` too: then what was made before on a runtime of several threads, such as a connection
/// pool, goes on working meanwhile. A runtime of one thread (`flavor = "current_thread"`) stands still
/// until it returns, so call it from a plain `fn main` there, and make what tasks need in [`main_with`].
#[must_use = "the exit code tells whether it worked"]
pub fn main() -> ExitCode {
    main_with(|supabase| supabase)
}

/// As [`main`], for tasks that take [`State<T>`](crate::State): `configure` gives the
/// [`Supabase`] what they need. It is called by `run`, `worker` and `check` alone.
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

/// The program with other arguments; the first is its name. It sets up no log.
///
/// It starts a runtime of its own, as [`main`] does, and keeps the calling thread busy until the command
/// has ended.
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
