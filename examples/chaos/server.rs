//! A PostgreSQL server in a temporary folder, or one that exists already.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

pub struct Server {
    url: String,
    own: Option<Own>,
}

struct Own {
    programs: PathBuf,
    folder: PathBuf,
    /// PostgreSQL refuses to run as root.
    user: Option<u32>,
}

impl Server {
    pub fn given(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            own: None,
        }
    }

    pub fn start() -> anyhow::Result<Self> {
        let programs = programs().context(
            "found no `initdb` on PATH or under /usr/lib/postgresql: install PostgreSQL, or \
             name a server with --database-url and --restarts 0",
        )?;
        let name = format!("supabase-task-chaos-{}", uuid::Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        let mut user = None;
        if fs::metadata(&folder)?.uid() == 0 {
            let printed = Command::new("id").args(["-u", "postgres"]).output()?;
            let id = String::from_utf8(printed.stdout)?.trim().parse()?;
            chown(&folder, Some(id), None)?;
            user = Some(id);
        }
        let url = format!(
            "postgresql://postgres@localhost/postgres?host={}",
            folder.display()
        );
        let own = Own {
            programs,
            folder,
            user,
        };
        own.run(
            "initdb",
            &["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"],
        )?;
        let server = Self {
            url,
            own: Some(own),
        };
        server.own()?.start()?;
        Ok(server)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server, in an orderly manner or by a crash, and starts it again.
    pub fn restart(&mut self, is_crash: bool) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let own = self.own()?;
        own.stop(if is_crash { "immediate" } else { "fast" })?;
        own.start()?;
        Ok(started.elapsed())
    }

    fn own(&self) -> anyhow::Result<&Own> {
        self.own
            .as_ref()
            .context("the server is not this program's own")
    }
}

impl Own {
    fn start(&self) -> anyhow::Result<()> {
        let folder = self.folder.display();
        let settings = format!("-k {folder} -c listen_addresses= -c max_connections=200");
        let log = self.folder.join("log");
        self.run(
            "pg_ctl",
            &["start", "-w", "-o", &settings, "-l", &log.to_string_lossy()],
        )
    }

    fn stop(&self, mode: &str) -> anyhow::Result<()> {
        self.run("pg_ctl", &["stop", "-w", "-m", mode])
    }

    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.programs.join(program));
        if let Some(user) = self.user {
            command.uid(user);
        }
        // Not a pipe, because the server would keep its other end open.
        let output = self.folder.join("output");
        let status = command
            .args(arguments)
            .arg("-D")
            .arg(self.folder.join("data"))
            .current_dir(&self.folder)
            .stdout(fs::File::create(&output)?)
            .stderr(fs::File::create(&output)?)
            .status()?;
        if !status.success() {
            bail!("{program}: {}", fs::read_to_string(&output)?);
        }
        Ok(())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Err(error) = self.stop("immediate") {
            eprintln!("PostgreSQL in {}: {error}", self.folder.display());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    std::env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder: &PathBuf| has(folder, "initdb") && has(folder, "pg_ctl"))
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}
