//! Background tasks for Supabase. Annotate an `async fn` with the identity it runs as, and it
//! receives a client of exactly that identity. The compiler refuses any other.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use supabase_task::prelude::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct AddTodo {
//!     user_id: UserId,
//!     title: String,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Todo {
//!     id: i64,
//!     title: String,
//! }
//!
//! /// Adds a todo as the user who asked for it. Row Level Security applies.
//! #[supabase_task(auth = "user")]
//! async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<Todo> {
//!     let todo = supabase
//!         .from("todos")
//!         .insert(json!({ "user_id": payload.user_id, "title": payload.title }))
//!         .select("id,title")
//!         .single::<Todo>()
//!         .await?;
//!     Ok(todo)
//! }
//!
//! /// Deletes finished todos of every user. Bypasses Row Level Security.
//! #[supabase_task(auth = "service")]
//! async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
//!     Ok(supabase.from("todos").delete().eq("done", true).affected_rows().await?)
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let supabase = Supabase::from_env()?;
//! let user_id = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse()?;
//! let todo = add_todo::run(&supabase, AddTodo { user_id, title: "call the bank".into() }).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! - [`macro@supabase_task`]: the attribute and its options.
//! - [`Supabase`]: the project, from the environment or a builder.
//! - [`Client`]: the requests a task can make with its identity; [`client::ClientError`]: why they fail.
//! - [`task`]: the trait behind the attribute, what can be injected, and [`TaskError`].
//! - [`engine`]: [`Queue`] and [`Worker`], for runs that are retried, limited, scheduled and durable.
//! - `LocalSupabase` (feature `local`): a project inside the process, for tests.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `cli`: a command line for your tasks, and the program `supabase-task`, whose `gen types` writes a
//!   database's tables, enums and functions as Rust types; see `cli`.
//! - `sql`: transactions as the task's identity, with Row Level Security; see `sql`.
//! - `postgres`: `Queue::connect`, a durable queue on the project's own Postgres; see
//!   `engine::postgres`.
//! - `local`: `LocalSupabase`, a real PostgreSQL with Row Level Security and a PostgREST-compatible
//!   API inside the process. Put it among the dev-dependencies.
//! - `bigdecimal`, `rust_decimal`, `time`: filters with values of these crates' types; see
//!   [`client::FilterValue`].

#![deny(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::unreachable
    )
)]
#![forbid(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod auth;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod config;
mod debug;
pub mod engine;
mod jitter;
mod json;
#[cfg(any(feature = "cli", feature = "sql"))]
mod literal;
#[cfg(feature = "local")]
pub mod local;
mod lock;
pub mod prelude;
#[cfg(any(feature = "cli", feature = "postgres", feature = "sql"))]
mod reach;
mod run;
mod setup;
#[cfg(feature = "sql")]
pub mod sql;
mod suggest;
mod supabase;
pub mod task;
pub mod token;
mod user_id;

pub use auth::{AuthKind, AuthMode, DatabaseRole};
pub use client::{AnonClient, Client, ClientError, RoleClient, Row, ServiceClient, UserClient};
pub use config::{ConfigError, ConfigProblem};

pub use engine::{Queue, QueueError, RunStatus, Worker};
#[cfg(feature = "local")]
pub use local::{LocalError, LocalPostgres, LocalSupabase, LocalSupabaseBuilder};
pub use run::{TaskError, TaskResult};
pub use serde_json::json;
pub use setup::SupabaseBuilder;
pub use supabase::Supabase;
pub use supabase_task_macros::{DatabaseRole, Row, supabase_task};
pub use task::{FromTask, RunHandle, State, Task, TaskContext};
pub use user_id::{InvalidUserId, UserId};

// Compiles the README's examples. One of them needs the feature `local`.
#[cfg(all(doctest, feature = "local"))]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/client.md")]
mod client_docs {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/roles.md")]
mod guide_to_roles {}

// It triggers a run within a transaction.
#[cfg(all(doctest, feature = "postgres", feature = "sql"))]
#[doc = include_str!("../../docs/guide/transactions.md")]
mod guide_to_transactions {}

// It connects a durable queue to a `LocalSupabase`.
#[cfg(all(doctest, feature = "local", feature = "postgres"))]
#[doc = include_str!("../../docs/guide/testing-with-real-rls.md")]
mod guide_to_testing {}
