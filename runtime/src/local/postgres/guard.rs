//! [`Guard`]: removes folders when this process has ended, however that was.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads the paths of folders, one in a line. When standard input ends, removes them.
///
/// Standard input is a pipe that this process holds, so it ends with this process in any case.
const SCRIPT: &str = r#"
while IFS= read -r folder; do set -- "$@" "$folder"; done
rm -rf -- "$@"
"#;

/// A shell that removes folders when this is dropped or the process ends.
pub(super) struct Guard {
    shell: Child,
    /// The shell's standard input.
    leash: Option<ChildStdin>,
}

impl Guard {
    /// Starts the shell. It is an error if there is none, as on Windows.
    pub(super) fn start() -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SCRIPT, "sh"])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C must not reach it before this process has ended.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut shell = shell.spawn()?;
        Ok(Self {
            leash: shell.stdin.take(),
            shell,
        })
    }

    /// Adds a folder, which may be gone by the end.
    pub(super) fn add(&mut self, folder: &Path) -> io::Result<()> {
        let mut line = folder.as_os_str().as_encoded_bytes().to_vec();
        if !folder.is_absolute() || line.contains(&b'\n') {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        line.push(b'\n');
        match &mut self.leash {
            Some(leash) => leash.write_all(&line),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.leash.take());
        // So that it does not stay as a zombie. It has nothing left to do but to remove the folders.
        let _ = self.shell.wait();
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn folders_are_removed_whatever_their_names_are() {
        let parent = tempfile::tempdir().unwrap();
        let folders = ["plain", "with space", "-rf", "a'b\"c $x \\", " * "];
        let mut guard = Guard::start().unwrap();
        for name in folders {
            let folder = parent.path().join(name);
            std::fs::create_dir_all(folder.join("more")).unwrap();
            guard.add(&folder).unwrap();
        }
        let kept = parent.path().join("kept");
        std::fs::create_dir(&kept).unwrap();
        guard.add(&parent.path().join("gone")).unwrap();
        assert!(guard.add(&parent.path().join("a\nb")).is_err());
        assert!(guard.add(Path::new("kept")).is_err());
        drop(guard);
        let left = std::fs::read_dir(parent.path()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["kept"]);
    }
}
