//! Queues with a limit, beside one without: how fast they are drained.

use std::fmt;

use super::contender::Contender;
use super::measure::{Bench, Drain};
use super::report::median;

const ROUNDS: usize = 3;

/// More than any of the limits.
const CONCURRENCY: usize = 200;

pub(crate) struct Limits(Vec<(&'static str, Vec<f64>)>);

/// All runs wait when they are drained, and one worker has them.
pub(crate) async fn measure(bench: &Bench) -> Limits {
    let drain = Drain {
        workers: 1,
        concurrency: CONCURRENCY,
        rounds: ROUNDS,
    };
    let tasks = ["empty", "hundred", "one"];
    let mut limits = Limits(tasks.map(|task| (task, Vec::new())).into());
    for _ in 0..ROUNDS {
        for (task, speeds) in &mut limits.0 {
            let drained = bench.drain_once(Contender::Ours, drain, task).await;
            speeds.push(drained.runs_a_second);
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
        for ((_, speeds), limit) in self.0.iter().zip(["none", "100", "1"]) {
            let speed = speed(speeds);
            writeln!(f, "| {limit} | {speed:.0} | {:.2} |", speed / none)?;
        }
        Ok(())
    }
}
