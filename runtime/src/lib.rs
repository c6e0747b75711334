//! Background tasks for Supabase.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod auth;
pub mod client;
pub mod config;
#[cfg(feature = "local")]
pub mod local;
pub mod prelude;
mod supabase;
pub mod task;
pub mod token;
mod user_id;

pub use auth::{AuthKind, AuthMode};
pub use client::{AnonClient, Client, ClientError, ServiceClient, UserClient};
pub use config::{ConfigError, ConfigProblem};

#[cfg(feature = "local")]
pub use local::{LocalError, LocalSupabase, LocalSupabaseBuilder};
pub use serde_json::json;
pub use supabase::{Supabase, SupabaseBuilder};
pub use supabase_task_macros::supabase_task;
pub use task::{FromTask, State, Task, TaskContext, TaskError, TaskResult};
pub use user_id::{InvalidUserId, UserId};
