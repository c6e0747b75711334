//! Tests against a real PostgreSQL with Row Level Security, through a PostgREST-compatible API.

mod auth_admin;
mod cancellation;
mod concurrency;
mod configuration;
mod context;
mod exposed_schemas;
mod queues;
mod refresh;
mod roles;
mod row_level_security;
mod rows;
mod signing_keys;
mod tasks;
mod tokens;
mod values;
