//! Captures error logs in tests.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, dispatcher, span};

use crate::lock::lock;

/// The errors that one thread logged, each as a line of its fields.
#[derive(Clone, Debug, Default)]
pub(super) struct ErrorLog(Arc<Mutex<Vec<String>>>);

impl ErrorLog {
    /// Captures errors on this thread while the second value lives.
    pub(super) fn capture_here() -> (Self, (DefaultGuard, Dispatch)) {
        let log = Self::default();
        // With a single dispatcher, `tracing` asks only the first thread that reaches a log line
        // whether it is enabled, and caches the answer for all threads.
        let second = Dispatch::new(log.clone());
        let here = dispatcher::set_default(&Dispatch::new(log.clone()));
        (log, (here, second))
    }

    pub(super) fn errors(&self) -> Vec<String> {
        lock(&self.0).clone()
    }
}

impl Subscriber for ErrorLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        lock(&self.0).push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        _ = write!(self.0, "{field}={value:?} ");
    }
}
