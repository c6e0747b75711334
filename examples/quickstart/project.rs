//! Opens the project that the quickstart runs on: one in this process, or yours.

use std::env;
use std::path::Path;

use anyhow::Context;
use supabase_task::prelude::*;
use supabase_task::{LocalSupabase, LocalSupabaseBuilder};

/// The project that the tasks run with, and the server that must stay alive for it.
pub struct Opened {
    pub supabase: Supabase,
    pub local: Option<LocalSupabase>,
}

/// What a program needs to sign its own tokens. `None` without `SUPABASE_JWT_SECRET`.
#[derive(Clone)]
pub struct Project {
    pub url: String,
    pub publishable_key: String,
    pub jwt_secret: String,
    pub http: reqwest::Client,
}

pub async fn open() -> anyhow::Result<Opened> {
    // Values already in the environment win over those in the file; no file is fine.
    let _ = dotenvy::dotenv();
    if env::var_os("SUPABASE_URL")
        .or_else(|| env::var_os("SUPABASE_PROJECT_URL"))
        .is_some()
    {
        return open_yours();
    }
    println!("No SUPABASE_URL is set, so this runs on a Supabase project inside this process.\n");
    let local = builder().start().await?;
    let project = Project {
        url: local.url().to_owned(),
        publishable_key: local.publishable_key().to_owned(),
        jwt_secret: local.jwt_secret().to_owned(),
        // If you have a proxy, it cannot reach this process.
        http: reqwest::Client::builder().no_proxy().build()?,
    };
    Ok(Opened {
        supabase: local.supabase().with_state(Some(project)),
        local: Some(local),
    })
}

fn builder() -> LocalSupabaseBuilder {
    LocalSupabase::builder()
        .migrations(Path::new(env!("CARGO_MANIFEST_DIR")).join("supabase/migrations"))
        .on_step(|step| println!("  {step}"))
}

fn open_yours() -> anyhow::Result<Opened> {
    let supabase = Supabase::from_env()
        .context("the quickstart has user, service and anon tasks, so it needs all keys")?;
    println!(
        "This runs on {}. If the table is not there yet, run this first",
        supabase.url()
    );
    println!("(dashboard > SQL Editor), and drop the table afterwards:\n");
    let migration = include_str!("../supabase/migrations/20260101000000_quickstart_todos.sql");
    for line in migration.lines() {
        println!("    {line}");
    }
    println!();
    let variable = |names: &[&str]| names.iter().find_map(|name| env::var(name).ok());
    let project = variable(&["SUPABASE_JWT_SECRET"])
        .zip(variable(&["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"]));
    let project = project.map(|(jwt_secret, publishable_key)| Project {
        url: supabase.url(),
        publishable_key,
        jwt_secret,
        http: reqwest::Client::new(),
    });
    Ok(Opened {
        supabase: supabase.with_state(project),
        local: None,
    })
}
