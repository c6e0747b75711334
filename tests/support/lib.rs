//! What the tests share: a project with two tables, users, tokens, a clock, captured logs.

mod clock;
mod logs;
mod project;
mod tokens;

pub use clock::TestClock;
pub use logs::Logs;
pub use project::{MIGRATION, start, user};
pub use tokens::{hs256, signing_key, unsigned};
