//! [`Report`]: the figures as tables.

use std::fmt;

use super::contender::Contender;
use super::measure::Drain;
use super::{CONCURRENCY, DRAINS, RUNS, SAMPLES, SINGLES};

/// Runs per second.
pub(crate) struct Enqueued {
    pub(crate) singles: f64,
    pub(crate) batches: f64,
}

pub(crate) struct Drained {
    pub(crate) runs_a_second: f64,
    /// Processor time of all workers for 10,000 runs.
    pub(crate) worker_seconds: f64,
    /// The server's processor time for 10,000 runs.
    pub(crate) server_seconds: f64,
    /// The first worker's resident memory afterwards, in MiB.
    pub(crate) memory: f64,
}

pub(crate) struct Idle {
    /// Resident memory, in MiB.
    pub(crate) memory: f64,
    /// Per second.
    pub(crate) transactions: f64,
    /// In percent of a core.
    pub(crate) processor: f64,
    /// From before the trigger until the task starts, in milliseconds.
    pub(crate) latencies: Vec<f64>,
}

#[derive(Default)]
pub(crate) struct Report {
    enqueued: Vec<(Contender, Enqueued)>,
    drained: Vec<(Drain, Contender, Drained)>,
    idle: Vec<(Contender, Idle)>,
}

impl Report {
    pub(crate) fn enqueued(&mut self, who: Contender, figures: Enqueued) {
        self.enqueued.push((who, figures));
    }

    pub(crate) fn drained(&mut self, drain: Drain, who: Contender, figures: Drained) {
        self.drained.push((drain, who, figures));
    }

    pub(crate) fn idle(&mut self, who: Contender, figures: Idle) {
        self.idle.push((who, figures));
    }

    fn enqueue(&self, who: Contender, figure: impl Fn(&Enqueued) -> f64) -> f64 {
        let of = self.enqueued.iter().filter(|(one, _)| *one == who);
        median(of.map(|(_, figures)| figure(figures)))
    }

    fn drain(&self, drain: Drain, who: Contender, figure: impl Fn(&Drained) -> f64) -> f64 {
        median(self.rounds(drain, who).map(figure))
    }

    fn rounds(&self, drain: Drain, who: Contender) -> impl Iterator<Item = &Drained> {
        let all = self.drained.iter();
        all.filter(move |(of, one, _)| *of == drain && *one == who)
            .map(|(_, _, figures)| figures)
    }

    /// The median of each round's `contender / bare`: anything that slows the machine down slows
    /// both.
    fn ratio(&self, drain: Drain, who: Contender, figure: impl Fn(&Drained) -> f64) -> f64 {
        let rounds = self.rounds(drain, who);
        let rounds = rounds.zip(self.rounds(drain, Contender::Bare));
        median(rounds.map(|(one, bare)| figure(one) / figure(bare)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.enqueued.is_empty() {
            writeln!(
                f,
                "\nEnqueued without a worker: {SINGLES} one after the other, {RUNS} in batches of 1,000\n\n\
                 | | one at a time | ratio to bare | in batches | ratio to bare |\n\
                 | --- | --- | --- | --- | --- |"
            )?;
            let bare = |figure: fn(&Enqueued) -> f64| self.enqueue(Contender::Bare, figure);
            for who in Contender::named() {
                let singles = self.enqueue(who, |one| one.singles);
                let batches = self.enqueue(who, |one| one.batches);
                writeln!(
                    f,
                    "| {} | {singles:.0}/s | {:.2} | {batches:.0}/s | {:.2} |",
                    who.name(),
                    singles / bare(|one| one.singles),
                    batches / bare(|one| one.batches),
                )?;
            }
        }
        for drain in DRAINS {
            if self.drained.iter().all(|(of, ..)| *of != drain) {
                continue;
            }
            let workers = match drain.workers {
                1 => "one worker".to_owned(),
                more => format!("{more} workers"),
            };
            writeln!(
                f,
                "\nDrained: {RUNS} runs, {workers}, {} at a time, {} rounds\n\n\
                 | | runs/s | ratio to bare | least and most of the rounds | worker's processor, 10,000 runs | server's processor, 10,000 runs | memory afterwards |\n\
                 | --- | --- | --- | --- | --- | --- | --- |",
                drain.concurrency, drain.rounds
            )?;
            for who in Contender::named() {
                let speeds = || self.rounds(drain, who).map(|one| one.runs_a_second);
                writeln!(
                    f,
                    "| {} | {:.0} | {:.2} | {:.0} to {:.0} | {:.2} s | {:.2} s | {:.1} MiB |",
                    who.name(),
                    self.drain(drain, who, |one| one.runs_a_second),
                    self.ratio(drain, who, |one| one.runs_a_second),
                    speeds().fold(f64::INFINITY, f64::min),
                    speeds().fold(0.0, f64::max),
                    self.drain(drain, who, |one| one.worker_seconds),
                    self.drain(drain, who, |one| one.server_seconds),
                    self.drain(drain, who, |one| one.memory),
                )?;
            }
        }
        if !self.idle.is_empty() {
            writeln!(
                f,
                "\nAn idle worker of concurrency {CONCURRENCY}; pick-up of {SAMPLES} runs, 50 to 300 ms apart\n\n\
                 | | memory | transactions/s | processor | pick-up p50 | p99 |\n\
                 | --- | --- | --- | --- | --- | --- |"
            )?;
            for (who, idle) in &self.idle {
                writeln!(
                    f,
                    "| {} | {:.1} MiB | {:.1} | {:.1} % | {:.1} ms | {:.1} ms |",
                    who.name(),
                    idle.memory,
                    idle.transactions,
                    idle.processor,
                    percentile(&idle.latencies, 50),
                    percentile(&idle.latencies, 99),
                )?;
            }
        }
        Ok(())
    }
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(&values.into_iter().collect::<Vec<_>>(), 50)
}

pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}
