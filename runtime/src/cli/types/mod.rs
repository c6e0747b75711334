//! `supabase-task gen types`: writes a database's types as a Rust module.
//!
//! [`catalog`] describes a database, read from PostgreSQL itself ([`introspect`]) or from its API
//! ([`openapi`]); [`render`] writes it, with identifiers from [`names`] and types from
//! [`rust_type`].

mod catalog;
mod command;
mod error;
mod introspect;
mod names;
mod openapi;
mod overrides;
mod render;
mod rust_type;
mod source;

pub(super) use self::command::GenTypes;
pub(super) use self::error::GenerateError;
