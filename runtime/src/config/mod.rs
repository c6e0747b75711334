//! The configuration of a project: its URL and its keys.
//!
//! The values come from the builder or from environment variables. Only the variables that a task
//! linked into the process needs are read, so a process without a service task never holds the
//! secret key. All problems are reported at once, as a [`ConfigError`].

mod api_key;
#[cfg(feature = "sql")]
mod database_url;
mod error;
mod key_set;
mod needs;
mod problem;
mod project_url;
mod setting;
mod settings;
#[cfg(feature = "cli")]
mod variables;

pub(crate) use api_key::ApiKey;
#[cfg(feature = "sql")]
pub(crate) use database_url::DatabaseUrl;
pub use error::ConfigError;
pub(crate) use needs::Needs;
pub use problem::ConfigProblem;
pub(crate) use project_url::ProjectUrl;
pub(crate) use settings::{Config, Settings};
#[cfg(feature = "cli")]
pub(crate) use variables::{Variable, variables_of};
