//! Generated types: they compile in a crate that allows no warnings, real queries run with them,
//! and the generator still produces them.

#![deny(missing_docs, warnings)]

pub mod database;
#[path = "../../runtime/src/cli/types/openapi/tests/openapi.rs"]
pub mod from_api;
mod functions;
#[cfg(feature = "external")]
mod regenerated;
mod rows;
#[cfg(feature = "external")]
mod scale;
pub mod schemas;

use supabase_task::LocalSupabase;
use supabase_task::prelude::*;

use database::{Mood, SamplesInsert};

/// A project with the schema that the types were generated from.
async fn start() -> (LocalSupabase, ServiceClient) {
    let stack = LocalSupabase::builder()
        .sql(include_str!("schema.sql"))
        .start()
        .await
        .unwrap();
    let service = stack.supabase().service_client().unwrap();
    (stack, service)
}

/// A sample with the required columns only.
fn sample(title: &str, price: &str) -> SamplesInsert {
    SamplesInsert::new(1, 2, price, title, Mood::SoSo)
}
