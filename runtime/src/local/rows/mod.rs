//! The rows that a request returns, selected as PostgREST selects them.
//!
//! postrust reads the request, writes the rows, calls the function and answers. But it selects columns,
//! filters and embeds with SQL of its own, which leaves out casts, JSON paths, computed columns and
//! aggregates of an embed, and takes a missing column from the table around it. So `select`, filters and
//! `order` are taken out of the request ([`request`]), and the statement that postrust then sends is
//! replaced by one in the form of PostgREST's own ([`statement`]), whose body is the response's.
//!
//! Values are literals of unknown type here, as PostgREST's parameters are: PostgreSQL gives them the
//! type of what they are compared with.

mod body;
mod call;
mod column;
mod condition;
mod node;
mod order;
mod refusal;
mod request;
mod select;
mod spread;
mod statement;

pub(super) use request::reading;
pub(super) use statement::{INSERTED, Reading};
