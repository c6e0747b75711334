//! What happens to a run that is dropped.

use std::sync::Arc;
use std::time::Duration;

use supabase_task::prelude::*;
use supabase_task_tests::{start, user};
use tokio::sync::{Notify, mpsc};

use crate::tasks::{As, list_todos};

#[derive(Clone)]
struct Reports(mpsc::Sender<&'static str>);

/// Spawns something that outlives the run, and then waits forever.
#[supabase_task(auth = "anon", id = "cancellation.wait")]
async fn wait(
    _payload: (),
    ctx: TaskContext,
    State(reports): State<Reports>,
    State(started): State<Arc<Notify>>,
) -> TaskResult<()> {
    let token = ctx.cancellation_token().clone();
    tokio::spawn(async move {
        token.cancelled().await;
        let _ = reports.0.send("told").await;
    });
    started.notify_one();
    std::future::pending().await
}

#[tokio::test]
async fn dropping_a_run_tells_what_it_spawned() {
    let (sender, mut reports) = mpsc::channel(1);
    let started = Arc::new(Notify::new());
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_offline_offline_offline")
        .state(Reports(sender))
        .state(Arc::clone(&started))
        .build()
        .unwrap();

    tokio::select! {
        _ = wait::run(&supabase, ()) => unreachable!("it waits for ever"),
        () = started.notified() => {}
    }

    let told = tokio::time::timeout(Duration::from_secs(5), reports.recv()).await;
    assert_eq!(told.unwrap(), Some("told"));
}

/// Dropping a request halfway must not delay later requests.
#[tokio::test]
async fn a_dropped_request_leaves_the_client_usable() {
    let stack = start().await;
    let supabase = stack.supabase();
    for _ in 0..20 {
        let run = list_todos::run(&supabase, As { user_id: user(1) });
        tokio::select! {
            biased;
            _ = run => {}
            () = tokio::task::yield_now() => {}
        }
    }
    let seen = list_todos::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();
    assert_eq!(seen, []);
    stack.shutdown().await.unwrap();
}
