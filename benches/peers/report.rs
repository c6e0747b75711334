//! The figures of all rounds as a table, and the ratios.

use std::fmt;

use super::CONCURRENCY;
use super::Scenario;
use super::run::Figures;
use super::ways::NAMES;

pub(crate) struct Report {
    scenario: Scenario,
    figures: [Vec<Figures>; NAMES.len()],
}

impl Report {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            figures: Default::default(),
        }
    }

    pub(crate) fn push(&mut self, way: usize, figures: Figures) {
        self.figures[way].push(figures);
    }

    fn median(&self, way: usize, figure: impl Fn(&Figures) -> f64) -> f64 {
        median(self.figures[way].iter().map(figure))
    }

    /// The median of each round's `ours / peer`: anything that slows the machine down slows both.
    fn ratio(&self, peer: usize, figure: impl Fn(&Figures) -> f64) -> f64 {
        let rounds = self.figures[0].iter().zip(&self.figures[peer]);
        median(rounds.map(|(ours, peer)| figure(ours) / figure(peer)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.scenario.tasks() as f64;
        writeln!(
            f,
            "\n{}: {tasks} tasks, {CONCURRENCY} at a time; medians of {} rounds",
            self.scenario.name(),
            self.scenario.rounds()
        )?;
        writeln!(
            f,
            "| | tasks/s | processor, a task | peak memory | ours / peer: tasks/s | ours / peer: processor |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- |")?;
        for (way, name) in NAMES.iter().enumerate() {
            let tasks_a_second = tasks / self.median(way, |one| one.wall_seconds);
            let processor = self.median(way, |one| one.processor_seconds) / tasks * 1e6;
            let memory = self.median(way, |one| one.peak_memory_bytes as f64) / 1024.0 / 1024.0;
            write!(
                f,
                "| {name} | {tasks_a_second:.0} | {processor:.1} µs | {memory:.1} MiB |"
            )?;
            if way == 0 {
                writeln!(f, " | |")?;
                continue;
            }
            let speed = 1.0 / self.ratio(way, |one| one.wall_seconds);
            let processor = self.ratio(way, |one| one.processor_seconds);
            writeln!(
                f,
                " {speed:.3} | {processor:.3} (1 : {:.1}) |",
                1.0 / processor
            )?;
        }
        Ok(())
    }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
