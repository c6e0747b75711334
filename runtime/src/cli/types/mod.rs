//! `supabase-task gen types`: what is in a database, as a Rust module.
//!
//! [`catalog`] is what is known of a database, from PostgreSQL itself ([`introspect`]) or from its
//! API ([`openapi`]); [`render`] writes it, with identifiers from [`names`] and types from
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
