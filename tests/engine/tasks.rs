//! Tasks that several test files need.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

use crate::support::{Gate, Log};

/// Returns its payload.
#[supabase_task(auth = "service")]
pub(crate) async fn echo(payload: u64, _supabase: ServiceClient) -> TaskResult<u64> {
    Ok(payload)
}

/// Writes its payload to the log.
#[supabase_task(auth = "service")]
pub(crate) async fn note(
    payload: String,
    _supabase: ServiceClient,
    State(log): State<Log>,
) -> TaskResult<()> {
    log.write(payload);
    Ok(())
}

/// Fails in its first attempts; returns the number of the first attempt that did not.
#[supabase_task(
    auth = "service",
    retry(
        max_attempts = 3,
        factor = 2.0,
        min = "30ms",
        max = "1s",
        jitter = false
    )
)]
pub(crate) async fn flaky(
    failures: u32,
    _supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<u32> {
    match ctx.attempt() {
        attempt if attempt <= failures => Err(TaskError::retry(format!("failure {attempt}"))),
        attempt => Ok(attempt),
    }
}

/// Waits at the gate; returns the number of its attempt.
#[supabase_task(auth = "service", retry(none))]
pub(crate) async fn gated(
    label: String,
    _supabase: ServiceClient,
    ctx: TaskContext,
    State(log): State<Log>,
    State(gate): State<Gate>,
) -> TaskResult<u32> {
    log.write(format!("{label} begins"));
    gate.pass().await;
    log.write(format!("{label} ends"));
    Ok(ctx.attempt())
}

/// Waits at the gate and ignores cancellation. Writes to the log when it is dropped.
#[supabase_task(auth = "service", retry(none))]
pub(crate) async fn stubborn(
    label: String,
    _supabase: ServiceClient,
    ctx: TaskContext,
    State(log): State<Log>,
    State(gate): State<Gate>,
) -> TaskResult<u32> {
    let _dropped = WhenDropped(log, label);
    gate.pass().await;
    Ok(ctx.attempt())
}

struct WhenDropped(Log, String);

impl Drop for WhenDropped {
    fn drop(&mut self) {
        self.0.write(format!("{} is dropped", self.1));
    }
}

/// Ends with an error when it is cancelled.
#[supabase_task(auth = "service", retry(none))]
pub(crate) async fn obedient(
    label: String,
    _supabase: ServiceClient,
    ctx: TaskContext,
    State(log): State<Log>,
    State(gate): State<Gate>,
) -> TaskResult<u32> {
    log.write(format!("{label} begins"));
    tokio::select! {
        () = gate.pass() => Ok(ctx.attempt()),
        () = ctx.cancelled() => {
            log.write(format!("{label} is told"));
            Err(TaskError::abort("told to end"))
        }
    }
}

/// What the next task does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Misdeed {
    Abort,
    RetryLater,
    Panic,
    Hang,
}

/// How long [`Misdeed::RetryLater`] waits: longer than the policy.
pub(crate) const LATER: Duration = Duration::from_millis(120);

#[supabase_task(
    auth = "service",
    retry(max_attempts = 2, min = "10ms", max = "10ms", jitter = false),
    max_duration = "200ms"
)]
pub(crate) async fn misbehave(payload: Misdeed, _supabase: ServiceClient) -> TaskResult<()> {
    match payload {
        Misdeed::Abort => Err(TaskError::abort("never again")),
        Misdeed::RetryLater => Err(TaskError::retry_after(LATER, "not yet")),
        Misdeed::Panic => panic!("boom"),
        Misdeed::Hang => std::future::pending().await,
    }
}
