//! [`Account`]: the account that a server runs as.

use std::io;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The longest path of the system's temporary folder: that of a Unix socket in it has at most 103 bytes.
const LONGEST: usize = 60;

/// Creates a temporary folder that no other account can open.
pub(super) fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.prefix("supabase-task-");
    let folder = std::env::temp_dir();
    match folder.as_os_str().len() > LONGEST {
        true => builder.tempdir_in("/tmp"),
        false => builder.tempdir_in(folder),
    }
}

/// The account that a server runs as. PostgreSQL refuses to run as root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    /// The user and the group, if they are not those of this process.
    #[cfg(unix)]
    other: Option<(u32, u32)>,
}

#[cfg(unix)]
impl Account {
    /// Returns this process's account, unless that is root, who owns `folder` in that case.
    pub(super) fn for_server(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;

        let other = match std::fs::metadata(folder)?.uid() {
            0 => Some(named("postgres").or_else(|_| named("nobody"))?),
            _ => None,
        };
        Ok(Self { other })
    }

    /// Makes the account the owner of a file or folder.
    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        match self.other {
            Some((user, group)) => std::os::unix::fs::lchown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// Runs a program as the account, in a process group of its own: Ctrl-C must not reach a server before this
    /// process has ended.
    pub(super) fn run(self, command: &mut Command) {
        use std::os::unix::process::CommandExt;

        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command.process_group(0);
    }
}

/// On other systems, no installed PostgreSQL is started.
#[cfg(not(unix))]
impl Account {
    pub(super) fn for_server(_: &Path) -> io::Result<Self> {
        Ok(Self {})
    }

    pub(super) fn give(self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn run(self, _: &mut Command) {}
}

#[cfg(unix)]
fn named(name: &str) -> io::Result<(u32, u32)> {
    let id = |of: &str| -> io::Result<u32> {
        let printed = super::programs::succeeded(&Command::new("id").args([of, name]).output()?)?;
        printed.parse().map_err(io::Error::other)
    };
    Ok((id("-u")?, id("-g")?))
}
