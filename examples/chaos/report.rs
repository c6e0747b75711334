//! The outcomes of all runs, and whether they keep the engine's promises.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use supabase_task::engine::{AttemptOutcome, Run, RunFilter};
use supabase_task::task::RunId;
use supabase_task::{Queue, RunStatus};

use crate::faults::Faults;
use crate::workers::Workers;

pub struct Report {
    runs: usize,
    completed: usize,
    lost: usize,
    completed_twice: usize,
    interrupted: usize,
    unexplained: Vec<String>,
    /// Attempts that died with each kill.
    crashed: Vec<usize>,
    /// Kills of workers that had not started yet.
    idle_kills: usize,
    /// Runs whose outcome the database refused.
    refused: usize,
    restarts: usize,
    faults: Faults,
    revived: usize,
    executions: usize,
    took: Duration,
}

impl Report {
    pub async fn new(
        queue: &Queue,
        ids: &[RunId],
        workers: &Workers,
        (restarts, faults): (usize, Faults),
        took: Duration,
    ) -> anyhow::Result<Self> {
        let kill_of: HashMap<String, usize> = workers
            .kills
            .iter()
            .enumerate()
            .filter_map(|(number, kill)| Some((kill.worker()?, number)))
            .collect();
        let mut report = Self {
            runs: ids.len(),
            completed: 0,
            lost: 0,
            completed_twice: 0,
            interrupted: 0,
            unexplained: Vec::new(),
            crashed: vec![0; workers.kills.len()],
            idle_kills: workers.kills.len() - kill_of.len(),
            refused: 0,
            restarts,
            faults,
            revived: workers.revived,
            executions: workers.ended(),
            took,
        };
        let expected: HashSet<_> = ids.iter().copied().collect();
        let mut seen = HashSet::new();
        let mut last = None;
        loop {
            let mut page = RunFilter::new().task("step").limit(1_000);
            if let Some(last) = last {
                page = page.before(last);
            }
            let runs = queue.runs(page).await?;
            let Some(oldest) = runs.last() else { break };
            last = Some(oldest.id);
            for run in &runs {
                seen.insert(run.id);
                match expected.contains(&run.id) {
                    true => report.count(run, &kill_of),
                    // A run with a bad payload, as `faults` triggers it.
                    false if run.status == RunStatus::Failed => {}
                    false => report.unexplained.push(format!("{run:?}")),
                }
            }
        }
        report.lost += ids.iter().filter(|id| !seen.contains(id)).count();
        Ok(report)
    }

    fn count(&mut self, run: &Run, kill_of: &HashMap<String, usize>) {
        match run.status {
            RunStatus::Completed => self.completed += 1,
            RunStatus::Failed if is_refused(run) => self.refused += 1,
            _ => self.lost += 1,
        }
        let mut completions = 0;
        for attempt in &run.attempts {
            let kill = attempt.worker.as_deref().and_then(|id| kill_of.get(id));
            match (attempt.outcome, kill) {
                (AttemptOutcome::Completed, _) => completions += 1,
                (AttemptOutcome::Crashed, Some(kill)) => self.crashed[*kill] += 1,
                (AttemptOutcome::Interrupted, _) => self.interrupted += 1,
                _ => self
                    .unexplained
                    .push(format!("run {}: {attempt:?}", run.id)),
            }
        }
        if completions > 1 {
            self.completed_twice += 1;
        }
    }

    pub fn is_good(&self) -> bool {
        self.completed + self.refused == self.runs
            && self.lost == 0
            && self.completed_twice == 0
            && self.unexplained.is_empty()
    }
}

fn is_refused(run: &Run) -> bool {
    let error = run.error.as_ref();
    error.is_some_and(|error| error.message.contains("is not to be completed"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crashed: usize = self.crashed.iter().sum();
        let at_most = self.crashed.iter().max().copied().unwrap_or(0);
        writeln!(f, "runs                  {:>7}", self.runs)?;
        writeln!(f, "completed             {:>7}", self.completed)?;
        writeln!(f, "lost                  {:>7}", self.lost)?;
        writeln!(f, "completed twice       {:>7}", self.completed_twice)?;
        writeln!(
            f,
            "kills                 {:>7}  ({} before the worker had started)",
            self.crashed.len(),
            self.idle_kills
        )?;
        writeln!(f, "restarts of the server{:>7}", self.restarts)?;
        writeln!(
            f,
            "refused outcomes      {:>7}  (their runs are FAILED)",
            self.refused
        )?;
        writeln!(
            f,
            "other faults          {:>7}  (stopped sessions {}, locked rows {}, bad runs {})",
            self.faults.stood_still + self.faults.locked + self.faults.bad,
            self.faults.stood_still,
            self.faults.locked,
            self.faults.bad
        )?;
        writeln!(
            f,
            "workers that gave up  {:>7}  (the server was down when they started)",
            self.revived
        )?;
        writeln!(
            f,
            "extra attempts        {:>7}  ({crashed} CRASHED, each by a kill, at most {at_most} by \
             one; {} INTERRUPTED; {} not explained)",
            crashed + self.interrupted + self.unexplained.len(),
            self.interrupted,
            self.unexplained.len()
        )?;
        writeln!(
            f,
            "the task's code ended {:>7}  times, {} more than there are runs",
            self.executions,
            self.executions.saturating_sub(self.runs)
        )?;
        write!(f, "time                  {:>7.1?}", self.took)?;
        for line in self.unexplained.iter().take(20) {
            write!(f, "\nnot explained: {line}")?;
        }
        Ok(())
    }
}
