//! The runtime that a command runs on, also inside another one.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle, Runtime};

/// Runs a future to its end on a runtime of its own.
///
/// A program may call the command line from an `async fn main`. Then this thread belongs to another runtime,
/// inside which tokio cannot start one. So the new runtime has threads of its own, and this thread waits for
/// it without tokio.
pub(super) fn block_on<F: Future>(may_be_busy: bool, future: F) -> io::Result<F::Output> {
    if Handle::try_current().is_err() {
        let mut builder = match may_be_busy {
            true => Builder::new_multi_thread(),
            false => Builder::new_current_thread(),
        };
        return Ok(builder.enable_all().build()?.block_on(future));
    }
    let runtime = Inner(Some(Builder::new_multi_thread().enable_all().build()?));
    let _inside = runtime.0.as_ref().map(Runtime::enter);
    // Nothing renews this thread's cooperative budget while it waits here.
    Ok(wait_for(tokio::task::unconstrained(future)))
}

/// A runtime inside another one. A plain drop would wait for its threads, which tokio forbids here.
struct Inner(Option<Runtime>);

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Polls a future on this thread, which sleeps in between.
fn wait_for<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// More steps than tokio lets a task make at a time, a timer and another task.
    async fn work() -> u32 {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let sending = tokio::spawn(async move {
            for number in 0..1_000 {
                sender.send(number).await.unwrap();
            }
        });
        let mut received = 0;
        while receiver.recv().await.is_some() {
            received += 1;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        sending.await.unwrap();
        received
    }

    #[test]
    fn a_future_runs_where_there_is_no_runtime() {
        for may_be_busy in [true, false] {
            assert_eq!(block_on(may_be_busy, work()).unwrap(), 1_000);
        }
    }

    #[tokio::test]
    async fn a_future_runs_inside_of_a_runtime_of_one_thread() {
        assert_eq!(block_on(false, work()).unwrap(), 1_000);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_future_runs_inside_of_a_runtime_of_several_threads_and_on_them() {
        assert_eq!(block_on(true, work()).unwrap(), 1_000);
        let on_a_worker = tokio::spawn(async { block_on(true, work()).unwrap() });
        assert_eq!(on_a_worker.await.unwrap(), 1_000);
        let blocking = tokio::task::spawn_blocking(|| block_on(false, work()).unwrap());
        assert_eq!(blocking.await.unwrap(), 1_000);
    }
}
