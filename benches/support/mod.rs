//! Shared by the benchmarks that compare two ways of doing the same: times and their medians.

use std::process::Command;
use std::time::{Duration, Instant};

/// The cost of something.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// In user and kernel mode together; not known on every platform.
    pub(crate) processor: Option<Duration>,
}

/// Whose processor time counts.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    #[allow(dead_code, reason = "each benchmark uses one of the two")]
    ThisProcess,
    #[allow(dead_code, reason = "each benchmark uses one of the two")]
    FinishedChildren,
}

pub(crate) fn measure(whose: Whose, work: impl FnOnce()) -> Cost {
    let (start, processor) = (Instant::now(), processor_time(whose));
    work();
    let wall = start.elapsed();
    let processor = processor_time(whose)
        .zip(processor)
        .map(|(after, before)| after.saturating_sub(before));
    Cost { wall, processor }
}

#[cfg(unix)]
fn processor_time(whose: Whose) -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let who = match whose {
        Whose::ThisProcess => UsageWho::RUSAGE_SELF,
        Whose::FinishedChildren => UsageWho::RUSAGE_CHILDREN,
    };
    let usage = getrusage(who).ok()?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Some(Duration::from_micros(microseconds.unsigned_abs()))
}

#[cfg(not(unix))]
fn processor_time(_: Whose) -> Option<Duration> {
    None
}

/// The median, or NaN if there are no values.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The costs of one way, in every round.
pub(crate) struct Series(Vec<Cost>);

impl Series {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(&mut self, cost: Cost) {
        self.0.push(cost);
    }

    /// The median in seconds.
    pub(crate) fn wall(&self) -> f64 {
        median(self.0.iter().map(|cost| cost.wall.as_secs_f64()))
    }

    /// The median in seconds.
    pub(crate) fn processor(&self) -> f64 {
        median(self.0.iter().filter_map(Cost::processor_seconds))
    }

    /// The median of each round's ratio: anything that slows the machine down for a while slows
    /// both.
    pub(crate) fn wall_ratio(&self, peer: &Self) -> f64 {
        let rounds = self.0.iter().zip(&peer.0);
        median(rounds.map(|(ours, peer)| ours.wall.as_secs_f64() / peer.wall.as_secs_f64()))
    }

    /// Like [`wall_ratio`](Self::wall_ratio), for processor time.
    pub(crate) fn processor_ratio(&self, peer: &Self) -> f64 {
        let rounds = self.0.iter().zip(&peer.0);
        median(
            rounds.filter_map(|(ours, peer)| {
                Some(ours.processor_seconds()? / peer.processor_seconds()?)
            }),
        )
    }
}

impl Cost {
    fn processor_seconds(&self) -> Option<f64> {
        self.processor.map(|time| time.as_secs_f64())
    }
}

/// Whether `--bench` was passed. `cargo bench` does; `cargo test --benches` does not, and must not
/// take minutes.
pub(crate) fn is_asked_to_measure() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Runs a command that has to succeed, and returns its stderr.
#[allow(dead_code, reason = "only one benchmark runs commands")]
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("the command starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{stderr}");
    stderr
}
