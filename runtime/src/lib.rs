//! Background tasks for Supabase.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

// Lets the paths the macro writes resolve in this crate's own tests and docs.
extern crate self as supabase_task;

pub mod auth;
pub mod client;
pub mod config;
#[cfg(feature = "local")]
pub mod local;
pub mod token;
mod user_id;

#[cfg(feature = "local")]
pub use local::{LocalError, LocalSupabase, LocalSupabaseBuilder};
pub use user_id::{InvalidUserId, UserId};
