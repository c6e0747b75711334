//! The data that the embedded PostgreSQL starts with: making it takes seconds, a copy does not.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directories::ProjectDirs;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::runtime;

use super::embedded::{Data, Embedded};
use super::guard::Guard;
use crate::local::error::Source;
use crate::local::schemas;
use crate::lock::lock;

/// Names the version of the embedded PostgreSQL.
const MANIFEST: &str = include_str!("../../../Cargo.toml");

/// Held while a template is made: one is enough.
static MAKING: Mutex<()> = Mutex::new(());

/// Copies the template to `folder`, which must not exist. The first time on a machine, it is made. Blocks.
pub(super) fn copy_to(folder: &Path) -> Result<(), Source> {
    let cache = ProjectDirs::from("", "supabase-task", "supabase-task")
        .ok_or("this account has no home folder for a cache")?;
    let template = made(cache.cache_dir())?;
    Ok(copy(&template, folder)?)
}

/// Returns the name of the template's folder: another one for each PostgreSQL, and for all that is in its data.
fn name() -> String {
    let mut hash = digest::Context::new(&SHA256);
    for text in std::iter::once(MANIFEST).chain(schemas::texts()) {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    format!("postgres-{}", URL_SAFE_NO_PAD.encode(hash.finish()))
}

fn made(cache: &Path) -> Result<PathBuf, Source> {
    let _making = lock(&MAKING);
    let template = cache.join(name());
    if template.is_dir() {
        return Ok(template);
    }
    private_folder().recursive(true).create(cache)?;
    let mut staging = tempfile::Builder::new();
    #[cfg(unix)]
    staging.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let staging = staging.tempdir_in(cache)?;
    // For a process that is killed. It goes without, too.
    let mut guard = Guard::start();
    if let Ok(guard) = &mut guard {
        let _ = guard.add(staging.path());
    }
    let data = staging.path().join("data");
    let server = Embedded::start(Data::New(data.clone()), &[])?;
    let filled = fill(server.options.clone());
    server.stop()?;
    filled?;
    match fs::rename(&data, &template) {
        // Another process was faster.
        Err(_) if template.is_dir() => Ok(template),
        renamed => Ok(renamed.map(|()| template)?),
    }
}

/// Creates what a Supabase project has before its first migration.
fn fill(server: PgConnectOptions) -> Result<(), Source> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = server.connect().await?;
        schemas::create(&mut connection).await?;
        // The server writes nothing more when it ends.
        sqlx::raw_sql("checkpoint").execute(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    // PostgreSQL insists on a private folder.
    private_folder().create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type()?.is_dir() {
            true => copy(&from, &to)?,
            false => drop(fs::copy(&from, &to)?),
        }
    }
    Ok(())
}

/// Makes folders that no other account can open.
fn private_folder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
