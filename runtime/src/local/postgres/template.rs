//! The data that the embedded PostgreSQL starts with: making it takes seconds, a copy does not.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use directories::ProjectDirs;
use oliphaunt_wasix::DatabaseStorage;
use oliphaunt_wasix::session::{CatalogProfile, PreparedDatabase};

use crate::local::error::Source;
use crate::lock::lock;

/// The folder of a template in the cache folder of this account. Another version has other data.
const FOLDER: &str = "postgres-18.4-oliphaunt-0.3.2";

/// Held while a template is made: one is enough.
static MAKING: Mutex<()> = Mutex::new(());

/// Copies the template to `folder`, which must not exist. The first time on a machine, it is made.
pub(super) fn copy_to(folder: &Path) -> Result<(), Source> {
    let cache = ProjectDirs::from("", "supabase-task", "supabase-task")
        .ok_or("this account has no home folder for a cache")?;
    let template = made(cache.cache_dir())?;
    Ok(copy(&template, folder)?)
}

fn made(cache: &Path) -> Result<PathBuf, Source> {
    let _making = lock(&MAKING);
    let template = cache.join(FOLDER);
    if template.is_dir() {
        return Ok(template);
    }
    fs::create_dir_all(cache)?;
    let staging = tempfile::tempdir_in(cache)?;
    let data = staging.path().join("data");
    let storage = DatabaseStorage::Directory(data.clone());
    PreparedDatabase::prepare(storage, CatalogProfile::Standard, "postgres")?.release()?;
    match fs::rename(&data, &template) {
        // Another process was faster.
        Err(_) if template.is_dir() => Ok(template),
        renamed => Ok(renamed.map(|()| template)?),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    // PostgreSQL insists on it.
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
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
