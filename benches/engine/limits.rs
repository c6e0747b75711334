//! How fast queues with a limit are drained, next to one without.

use std::fmt;

use super::contender::Contender;
use super::measure::{Bench, Drain};
use super::report::median;

const ROUNDS: usize = 3;

/// More than any of the limits.
const CONCURRENCY: usize = 200;

/// The cases, and the speed of each in every round.
pub(crate) struct Limits(Vec<(Case, Vec<f64>)>);

struct Case {
    name: &'static str,
    task: &'static str,
    /// The limit, if all runs are parked first.
    parked: Option<usize>,
}

impl Case {
    const fn new(name: &'static str, task: &'static str, parked: Option<usize>) -> Self {
        Self { name, task, parked }
    }
}

/// All runs are waiting when the drain starts, and one worker has them.
pub(crate) async fn measure(bench: &Bench) -> Limits {
    let drain = Drain {
        workers: 1,
        concurrency: CONCURRENCY,
        rounds: ROUNDS,
    };
    let cases = [
        Case::new("none", "empty", None),
        Case::new("100", "hundred", None),
        Case::new("1", "one", None),
        Case::new("100, all runs are parked before", "hundred", Some(100)),
        Case::new("1, all runs are parked before", "one", Some(1)),
    ];
    let mut limits = Limits(cases.map(|case| (case, Vec::new())).into());
    for _ in 0..ROUNDS {
        for (case, speeds) in &mut limits.0 {
            speeds.push(match case.parked {
                Some(limit) => bench.drain_parked(CONCURRENCY, case.task, limit).await,
                None => {
                    let drained = bench.drain_once(Contender::Ours, drain, case.task).await;
                    drained.runs_a_second
                }
            });
        }
    }
    limits
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nA queue with a limit: {} runs wait, one worker, {CONCURRENCY} at a time\n\n\
             | limit | runs/s | ratio to no limit |\n| --- | --- | --- |",
            super::RUNS
        )?;
        let speed = |speeds: &[f64]| median(speeds.iter().copied());
        let none = self.0.first().map_or(f64::NAN, |(_, speeds)| speed(speeds));
        for (case, speeds) in &self.0 {
            let speed = speed(speeds);
            writeln!(f, "| {} | {speed:.0} | {:.2} |", case.name, speed / none)?;
        }
        Ok(())
    }
}
