//! The worker processes: started, killed, started again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use uuid::Uuid;

use crate::worker;

/// A worker that was killed.
pub struct Kill {
    worker: Arc<Mutex<Option<String>>>,
}

impl Kill {
    /// Returns the worker's id; `None` if it was killed before it started to work.
    pub fn worker(&self) -> Option<String> {
        lock(&self.worker).clone()
    }
}

pub struct Workers {
    url: String,
    processes: Vec<Process>,
    progress: Arc<Mutex<Progress>>,
    pub kills: Vec<Kill>,
    /// How many workers ended by themselves.
    pub revived: usize,
}

struct Process {
    child: Child,
    id: Arc<Mutex<Option<String>>>,
}

struct Progress {
    ended: usize,
    last: Instant,
}

impl Workers {
    pub fn start(count: usize, url: &str) -> anyhow::Result<Self> {
        let progress = Progress {
            ended: 0,
            last: Instant::now(),
        };
        let mut workers = Self {
            url: url.to_owned(),
            processes: Vec::new(),
            progress: Arc::new(Mutex::new(progress)),
            kills: Vec::new(),
            revived: 0,
        };
        for _ in 0..count {
            let process = workers.spawn()?;
            workers.processes.push(process);
        }
        Ok(workers)
    }

    /// Returns how many attempts have ended, as reported by the workers.
    pub fn ended(&self) -> usize {
        lock(&self.progress).ended
    }

    pub fn silent_for(&self) -> Duration {
        lock(&self.progress).last.elapsed()
    }

    /// Kills a random worker, and starts another in its place.
    pub fn kill_one(&mut self) -> anyhow::Result<()> {
        // A new UUID is random enough.
        let chosen = Uuid::new_v4().as_u128() % self.processes.len() as u128;
        let chosen = chosen as usize;
        let process = &mut self.processes[chosen];
        process.child.kill()?;
        process.child.wait()?;
        let worker = process.id.clone();
        self.kills.push(Kill { worker });
        self.processes[chosen] = self.spawn()?;
        Ok(())
    }

    /// Restarts workers that ended by themselves, as a service manager does: a worker that cannot
    /// reach the database when it starts gives up.
    pub fn revive(&mut self) -> anyhow::Result<()> {
        for place in 0..self.processes.len() {
            if self.processes[place].child.try_wait()?.is_some() {
                self.processes[place] = self.spawn()?;
                self.revived += 1;
            }
        }
        Ok(())
    }

    /// Asks all workers to stop, and waits for them.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        for process in &self.processes {
            let pid = process.child.id().to_string();
            Command::new("kill").args(["-TERM", &pid]).status()?;
        }
        for process in &mut self.processes {
            let status = process.child.wait()?;
            anyhow::ensure!(status.success(), "a worker ended with {status}");
        }
        Ok(())
    }

    fn spawn(&self) -> anyhow::Result<Process> {
        let mut child = Command::new(std::env::current_exe()?)
            .env(worker::URL, &self.url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output of a worker")?;
        let id = Arc::new(Mutex::new(None));
        let (progress, own_id) = (self.progress.clone(), id.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.starts_with(worker::ENDED) {
                    let mut progress = lock(&progress);
                    progress.ended += 1;
                    progress.last = Instant::now();
                } else if let Some((_, after)) = line.split_once("the worker starts worker.id=\"") {
                    *lock(&own_id) = after.split('"').next().map(str::to_owned);
                }
            }
        });
        Ok(Process { child, id })
    }
}

/// Kills the workers however this program ends.
impl Drop for Workers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
