//! [`DelayTimer`]: wakes the worker of this process when a ticket with a short delay is due.
//!
//! graphile_worker finds tickets that become due by polling once a second, which is too slow for a
//! retry after 200 ms. A process that issues such a ticket wakes its own worker in time; workers in
//! other processes find the ticket by polling.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::event::Event;

/// For longer delays, a second more or less does not matter.
const LONGEST: Duration = Duration::from_secs(60);

/// Tickets that are due within the same step wake the worker once.
const STEP: Duration = Duration::from_millis(10);

/// How many new times may be queued for the timer.
const MOST_WAITING: usize = 256;

/// Added to each delay: a ticket is due by the database's clock, which may differ a little.
const LATER: Duration = Duration::from_millis(3);

#[derive(Debug)]
pub(super) struct DelayTimer {
    times: mpsc::Sender<Instant>,
    _actor: AbortOnDropHandle<()>,
}

impl DelayTimer {
    pub(super) fn start(events: broadcast::Sender<Event>) -> Self {
        let (times, received) = mpsc::channel(MOST_WAITING);
        Self {
            times,
            _actor: AbortOnDropHandle::new(tokio::spawn(wake(received, events))),
        }
    }

    /// Wakes the worker after a delay.
    pub(super) fn set(&self, after: Duration) {
        if after <= LONGEST {
            // If too many arrive at once, polling finds the rest.
            let _ = self.times.try_send(Instant::now() + after + LATER);
        }
    }
}

async fn wake(mut received: mpsc::Receiver<Instant>, events: broadcast::Sender<Event>) {
    let start = Instant::now();
    // In steps since the start.
    let mut times = BTreeSet::<u128>::new();
    let at = |step: u128| start + STEP * u32::try_from(step).unwrap_or(u32::MAX);
    loop {
        let first = times.first().map(|step| at(*step));
        let due = tokio::time::sleep_until(first.unwrap_or(start));
        tokio::select! {
            () = due, if first.is_some() => {
                times.pop_first();
                // An error means that there is no subscriber.
                let _ = events.send(Event::Issued);
            }
            time = received.recv() => match time {
                Some(time) => {
                    let step = (time - start).as_millis().div_ceil(STEP.as_millis());
                    times.insert(step);
                }
                None => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_wakes_for_each_time_once_and_not_before_it() {
        let (events, mut received) = broadcast::channel(16);
        let timer = DelayTimer::start(events);
        let start = Instant::now();
        for milliseconds in [500, 200, 201, 90_000] {
            timer.set(Duration::from_millis(milliseconds));
        }
        for expected in [210, 510] {
            assert_eq!(received.recv().await, Ok(Event::Issued));
            assert_eq!(start.elapsed().as_millis(), expected);
        }
        let none = tokio::time::timeout(Duration::from_secs(120), received.recv()).await;
        assert!(none.is_err(), "a delay this long is left to polling");
    }
}
