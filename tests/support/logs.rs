//! Captures everything that every crate logs, at TRACE.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Captured logs. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    bytes: Arc<Mutex<Vec<u8>>>,
}

/// A guard that captures the logs of a thread.
#[derive(Debug)]
pub struct Capturing {
    _here: tracing::subscriber::DefaultGuard,
    // While there is only one dispatcher, `tracing` asks the first thread that reaches a line
    // whether it is enabled, and remembers the answer for all threads.
    _second: tracing::Dispatch,
}

impl Logs {
    /// Captures everything that is logged from now on, on every thread. Once per process.
    pub fn capture() -> Self {
        let logs = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(logs.clone())
            .init();
        logs
    }

    /// Captures the logs of this thread only, until the guard is dropped: for tests on a
    /// single-threaded runtime that run next to others.
    pub fn capture_here() -> (Self, Capturing) {
        let logs = Self::default();
        let subscriber = || {
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(logs.clone())
        };
        let capturing = Capturing {
            _second: subscriber().into(),
            _here: subscriber().set_default(),
        };
        (logs, capturing)
    }

    /// The logs so far.
    pub fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
