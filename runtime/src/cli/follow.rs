//! Reports a run's progress to people on the standard error, and its result.

use std::time::Duration;

use chrono::Utc;
use tokio::time::MissedTickBehavior;

use super::duration;
use super::error::CommandError;
use super::exit::Exit;
use super::output::{one_line, print_output, shortened, tell};
use crate::engine::{AttemptOutcome, Queue, Run, RunAttempt, RunFailure, RunStatus};
use crate::task::RunId;

/// Waits until a run is over and reports each attempt. It polls the run at the interval `every`.
pub(super) async fn follow(queue: &Queue, id: RunId, every: Duration) -> Result<Run, CommandError> {
    let finished = queue.finished(id);
    tokio::pin!(finished);
    let mut looks = tokio::time::interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told::default();
    loop {
        tokio::select! {
            run = &mut finished => {
                let run = run?;
                told.tell(&run);
                return Ok(run);
            }
            _ = looks.tick() => match queue.retrieve(id).await {
                Ok(run) => told.tell(&run),
                // `finished` decides how long to keep trying.
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(error.into()),
            },
        }
    }
}

/// What has been reported of a run already.
#[derive(Debug, Default)]
struct Told {
    attempts: usize,
    is_retry_told: bool,
    is_waiting: bool,
}

impl Told {
    fn tell(&mut self, run: &Run) {
        for attempt in run.attempts.iter().skip(self.attempts) {
            tell(attempt_line(run, attempt));
            self.is_retry_told = false;
        }
        self.attempts = run.attempts.len();
        let wait = (run.run_at - Utc::now()).to_std().unwrap_or_default();
        match run.status {
            RunStatus::Queued if self.attempts > 0 && !self.is_retry_told => {
                self.is_retry_told = true;
                tell(format_args!(
                    "the next attempt is in {}",
                    duration::written(wait)
                ));
            }
            RunStatus::Delayed | RunStatus::Queued if !self.is_waiting && self.attempts == 0 => {
                self.is_waiting = true;
                match wait.is_zero() {
                    true => tell("waiting to be started"),
                    false => tell(format_args!("begins in {}", duration::written(wait))),
                }
            }
            _ => {}
        }
    }
}

/// The most characters of an error to report.
const LONGEST: usize = 2_000;

fn attempt_line(run: &Run, attempt: &RunAttempt) -> String {
    let outcome = match attempt.outcome {
        AttemptOutcome::Completed => "completed",
        AttemptOutcome::Failed => "failed",
        AttemptOutcome::TimedOut => "took too long",
        AttemptOutcome::Crashed => "crashed",
        AttemptOutcome::Interrupted => "was interrupted, and does not count",
        AttemptOutcome::Canceled => "was cancelled",
    };
    let mut line = format!(
        "attempt {} of {} {outcome} after {}",
        attempt.number,
        run.max_attempts,
        duration::between(attempt.started_at, attempt.ended_at)
    );
    if let Some(failure) = &attempt.error {
        line.push_str(&format!(
            ": {}",
            shortened(&failure_line(failure), LONGEST, "")
        ));
    }
    line
}

/// The message of an error, and those of its causes.
pub(super) fn failure_line(failure: &RunFailure) -> String {
    let mut line = one_line(&failure.message);
    for cause in &failure.causes {
        let cause = one_line(cause);
        // Many errors repeat their cause in their own text.
        if !line.contains(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}

/// Reports the result of a run. Only its output goes to the standard output.
pub(super) fn report(run: &Run) -> Result<Exit, CommandError> {
    let ended_at = run.finished_at.unwrap_or_else(Utc::now);
    let took = duration::between(run.created_at, ended_at);
    match (run.status, &run.error) {
        (status, Some(error)) if status != RunStatus::Completed => {
            tell(format_args!(
                "{status} after {took}: {}",
                shortened(&failure_line(error), LONGEST, "")
            ));
        }
        (status, _) => tell(format_args!("{status} after {took}")),
    }
    if let (RunStatus::Completed, Some(output)) = (run.status, &run.output) {
        print_output(output.get())?;
    }
    Ok(exit_of(run))
}

/// A run that failed with attempts left was aborted by its task, or by a hook.
fn exit_of(run: &Run) -> Exit {
    let is_counted = |attempt: &&RunAttempt| attempt.outcome != AttemptOutcome::Interrupted;
    let counted = run.attempts.iter().filter(is_counted).count();
    let has_attempts_left = u32::try_from(counted).is_ok_and(|made| made < run.max_attempts);
    let is_abort = run.error.as_ref().is_some_and(|error| error.is_abort);
    match run.status {
        RunStatus::Completed => Exit::Done,
        RunStatus::Canceled => Exit::Aborted,
        RunStatus::Failed if is_abort || has_attempts_left => Exit::Aborted,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;
    use serde_json::value::RawValue;

    use super::*;

    fn run(status: RunStatus, outcomes: &[AttemptOutcome]) -> Run {
        let now = Utc::now();
        let attempts = outcomes
            .iter()
            .zip(1..)
            .map(|(outcome, number)| RunAttempt {
                number,
                outcome: *outcome,
                started_at: now,
                ended_at: now + Duration::from_millis(1_500),
                error: None,
                worker: None,
            });
        Run {
            id: RunId::new(),
            task_id: "add_todo".to_owned(),
            status,
            payload: RawValue::NULL.to_owned(),
            principal: None,
            queue: "add_todo".to_owned(),
            concurrency_key: None,
            priority: 0,
            max_attempts: 2,
            attempts: attempts.collect(),
            output: None,
            error: None,
            tags: Vec::new(),
            metadata: Map::new(),
            idempotency_key: None,
            trace_id: String::new(),
            parent: None,
            created_at: now,
            run_at: now,
            expires_at: None,
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn a_failure_with_attempts_left_is_an_abort() {
        use AttemptOutcome::{Completed, Crashed, Failed, Interrupted, TimedOut};

        for (status, outcomes, expected) in [
            (RunStatus::Completed, &[Failed, Completed][..], Exit::Done),
            (RunStatus::Failed, &[Failed, Failed], Exit::Failed),
            (RunStatus::Failed, &[Failed], Exit::Aborted),
            // An interrupted attempt does not count.
            (RunStatus::Failed, &[Interrupted, Failed], Exit::Aborted),
            (RunStatus::TimedOut, &[TimedOut], Exit::Failed),
            (RunStatus::Crashed, &[Crashed, Crashed], Exit::Failed),
            (RunStatus::Expired, &[], Exit::Failed),
            (RunStatus::Canceled, &[], Exit::Aborted),
        ] {
            let run = run(status, outcomes);
            assert_eq!(exit_of(&run), expected, "{status} {outcomes:?}");
        }
    }

    #[test]
    fn an_abort_in_the_last_attempt_is_one_too() {
        let mut run = run(RunStatus::Failed, &[AttemptOutcome::Failed; 2]);
        let mut failure = RunFailure::new("no such user");
        failure.is_abort = true;
        run.error = Some(failure);
        assert_eq!(exit_of(&run), Exit::Aborted);
    }

    #[test]
    fn an_error_that_is_too_long_is_cut() {
        let mut run = run(RunStatus::Failed, &[AttemptOutcome::Failed]);
        let mut failure = RunFailure::new("");
        failure.message = "x".repeat(300_000);
        run.attempts[0].error = Some(failure);
        let line = attempt_line(&run, &run.attempts[0]);
        assert!(line.len() < 2_200, "{}", line.len());
        assert!(line.ends_with("… (300000 bytes in all)"), "{line}");
    }

    #[test]
    fn an_attempt_is_a_line_and_a_cause_is_told_once() {
        let mut run = run(RunStatus::Failed, &[AttemptOutcome::Failed]);
        let mut failure = RunFailure::new("insert failed:\nbusy");
        failure.causes = vec!["busy".to_owned(), "disk full".to_owned()];
        run.attempts[0].error = Some(failure);
        assert_eq!(
            attempt_line(&run, &run.attempts[0]),
            "attempt 1 of 2 failed after 1s500ms: insert failed: busy: disk full"
        );
    }
}
