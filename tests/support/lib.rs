//! Shared test support: a project with two tables, users, tokens, a clock, captured logs, a server
//! that records requests, and a real PostgreSQL.

mod clock;
mod logs;
#[cfg(feature = "external")]
mod postgres;
mod project;
mod recorder;
mod tokens;

pub use clock::TestClock;
pub use logs::{Capturing, Logs};
#[cfg(feature = "external")]
pub use postgres::{TestDatabase, TestServer};
pub use project::{MIGRATION, start, user};
pub use recorder::{RecordedRequest, Recorder};
pub use tokens::{hs256, signing_key, unsigned};
