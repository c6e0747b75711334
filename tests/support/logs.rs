//! Everything that is logged, at TRACE, by every crate.

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

/// That logs are captured on a thread.
#[derive(Debug)]
pub struct Capturing {
    _here: tracing::subscriber::DefaultGuard,
    // While there is only one, `tracing` asks the thread that comes to a line first whether anybody
    // wants it, and remembers that for all threads.
    _second: tracing::Dispatch,
}

impl Logs {
    /// Captures what is logged from now on, on every thread. Once a process.
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

    /// The same on this thread only, as long as the second value lives: for a test on a runtime of
    /// one thread, beside others.
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

    /// What was logged so far.
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
