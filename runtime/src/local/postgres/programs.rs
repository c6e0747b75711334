//! [`Programs`]: the programs of an installed PostgreSQL.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use std::{env, fs, io};

use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// The oldest version that works.
pub(super) const OLDEST: u32 = 14;

/// The oldest version that is used without being asked for: Supabase's projects have 15 or 17, and their
/// migrations use what 14 does not have, such as `security_invoker`.
pub(super) const OLDEST_BY_DEFAULT: u32 = 15;

/// How long a program may take to print its version.
const PRINTS: Duration = Duration::from_secs(10);

/// Where packages install PostgreSQL outside of `PATH`: a folder, the start of the names of the folders of
/// versions in it, and the rest of the path.
const PACKAGES: [(&str, &str, &str); 5] = [
    // Debian, Ubuntu
    ("/usr/lib/postgresql", "", "bin"),
    // Red Hat
    ("/usr", "pgsql-", "bin"),
    // Homebrew
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    // Postgres.app
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The folder with the programs of an installed PostgreSQL.
#[derive(Debug)]
pub(super) struct Programs(PathBuf);

/// Those that are installed on this machine, with their versions. The first ones are preferred.
static INSTALLED: OnceCell<Vec<(u32, Programs)>> = OnceCell::const_new();

impl Programs {
    /// Finds the first installed PostgreSQL that has at least this version.
    pub(super) async fn find(oldest: u32) -> Option<&'static Self> {
        let installed = INSTALLED.get_or_init(installed).await;
        let mut new_enough = installed.iter().filter(|(version, _)| *version >= oldest);
        new_enough.next().map(|(_, programs)| programs)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Returns the major version, from a line such as `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`.
    async fn version(&self) -> Option<u32> {
        let line = printed(Command::new(self.0.join("postgres")).arg("--version")).await?;
        let version = line.to_str()?.split_whitespace().nth(2)?;
        let digits = version.split(|letter: char| !letter.is_ascii_digit());
        digits.into_iter().next()?.parse().ok()
    }
}

async fn installed() -> Vec<(u32, Programs)> {
    // A server is reached by its Unix socket, and ended by a shell.
    if cfg!(not(unix)) {
        return Vec::new();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    // The programs run in another folder.
    folders.retain(|folder| folder.is_absolute());
    folders.extend(configured().await);
    folders.extend(PACKAGES.iter().flat_map(|(root, start, rest)| {
        let mut versions = versions(Path::new(root), start);
        versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        let folders = versions.into_iter().map(|(_, folder)| folder);
        folders.map(move |folder| folder.join(rest))
    }));
    let mut installed = Vec::new();
    for folder in folders {
        if folder.join("initdb").is_file() && folder.join("postgres").is_file() {
            let programs = Programs(folder);
            if let Some(version) = programs.version().await {
                installed.push((version, programs));
            }
        }
    }
    installed
}

/// Returns the folder that `pg_config` prints, if it is installed.
async fn configured() -> Option<PathBuf> {
    let line = printed(Command::new("pg_config").arg("--bindir")).await?;
    Some(PathBuf::from(line.to_str()?.trim()))
}

async fn printed(command: &mut Command) -> Option<OsString> {
    let output = command.kill_on_drop(true).output();
    let output = timeout(PRINTS, output).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.into())
}

/// Returns what a program printed, or what it printed as an error.
pub(super) fn succeeded(output: &Output) -> io::Result<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(io::Error::other(text(&output.stderr))),
    }
}

/// Returns the folders whose names are `start` and a version.
fn versions(root: &Path, start: &str) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let versions = entries.filter_map(|entry| {
        let name = entry.file_name();
        let version = name.to_str()?.strip_prefix(start)?.parse().ok()?;
        Some((version, entry.path()))
    });
    versions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_versions_are_found_by_their_names() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pgsql-9", "pgsql-15", "pgsql-x", "other-16", "17"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let numbers = |start| {
            let mut found: Vec<u32> = versions(root.path(), start).iter().map(|it| it.0).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(numbers("pgsql-"), [9, 15]);
        assert_eq!(numbers(""), [17]);
        assert_eq!(versions(Path::new("/no/such/folder"), ""), []);
    }
}
