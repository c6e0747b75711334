//! [`WorkerProcess`]: a worker process that can be killed.

use std::fs::{self, OpenOptions};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

/// A worker in a process of its own, which is killed when this is dropped.
pub(crate) struct WorkerProcess {
    child: Child,
    log: NamedTempFile,
}

/// A failing test prints the logs of its workers.
impl Drop for WorkerProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the worker {:?}: {}", self.child.id(), self.log());
        }
    }
}

impl WorkerProcess {
    pub(crate) fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        let log = NamedTempFile::new().unwrap();
        let append = OpenOptions::new().append(true).open(log.path()).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_engine-worker"))
            .env("ENGINE_URL", url)
            .env("RUST_LOG", "info")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(append)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it was not waited for")
    }

    /// Kills it without warning, and waits until it is dead.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([format!("-{signal}"), self.pid().to_string()])
            .status()
            .await
            .unwrap();
        assert!(sent.success(), "kill -{signal}: {sent}");
    }

    /// Waits until it has exited by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        match tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await {
            Ok(status) => status.unwrap(),
            Err(_) => panic!("the worker does not end: {}", self.log()),
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its worker id, once it has started.
    pub(crate) fn worker_id(&self) -> Option<String> {
        let log = self.log();
        let (_, after) = log.split_once("worker.id=\"")?;
        Some(after.split_once('"')?.0.to_owned())
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }
}
