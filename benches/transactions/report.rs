//! The figures of all rounds as a table, and the ratios.

use std::fmt;

use super::TRANSACTIONS;
use super::support::{Cost, Series};
use super::ways::NAMES;

pub(crate) struct Report {
    concurrency: usize,
    rounds: usize,
    /// Of each way.
    costs: [Series; NAMES.len()],
}

impl Report {
    pub(crate) fn new(concurrency: usize, rounds: usize) -> Self {
        Self {
            concurrency,
            rounds,
            costs: std::array::from_fn(|_| Series::new()),
        }
    }

    pub(crate) fn push(&mut self, way: usize, cost: Cost) {
        self.costs[way].push(cost);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{TRANSACTIONS} transactions, {} at a time; medians of {} rounds",
            self.concurrency, self.rounds
        )?;
        writeln!(
            f,
            "| | transactions/s | processor, a transaction | ours / peer: transactions/s | ours / peer: processor |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- |")?;
        let transactions = TRANSACTIONS as f64;
        let ours = &self.costs[0];
        for (way, (name, costs)) in NAMES.iter().zip(&self.costs).enumerate() {
            let a_second = transactions / costs.wall();
            let processor = costs.processor() / transactions * 1e6;
            write!(f, "| {name} | {a_second:.0} | {processor:.0} µs |")?;
            if way == 0 {
                writeln!(f, " | |")?;
                continue;
            }
            let speed = 1.0 / ours.wall_ratio(costs);
            let processor = ours.processor_ratio(costs);
            writeln!(f, " {speed:.3} | {processor:.3} |")?;
        }
        Ok(())
    }
}
