//! What a trigger refuses, whether its options, its payload or its task set it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::TriggerOptions;
use crate::UserId;
use crate::auth::User;
use crate::engine::{Queue, QueueError, RunFilter, RunStatus, TaskEntry};
use crate::run::{QueueOptions, TaskOptions, TaskResult};
use crate::task::{Task, TaskRequest};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Letter {
    user_id: UserId,
    key: String,
    text: Value,
}

fn letter() -> Letter {
    Letter {
        user_id: UserId::from(uuid::Uuid::from_u128(7)),
        key: "berlin".to_owned(),
        text: Value::Null,
    }
}

/// A task whose options were not checked by the attribute.
struct Send<const OPTIONS: u8>;

const FINE: u8 = 0;
const LONG_TTL: u8 = 1;
const HIGH_PRIORITY: u8 = 2;
const NO_QUEUE: u8 = 3;

impl<const OPTIONS: u8> Task for Send<OPTIONS> {
    const ID: &'static str = "trigger-options-probe";
    const OPTIONS: TaskOptions = match OPTIONS {
        LONG_TTL => TaskOptions::new().ttl(Duration::MAX),
        HIGH_PRIORITY => TaskOptions::new().priority(u32::MAX),
        NO_QUEUE => TaskOptions::new().queue(QueueOptions::named("")),
        _ => TaskOptions::new(),
    };
    type Auth = User;
    type Payload = Letter;
    type Return = TaskResult<()>;

    fn identity(payload: &Letter) -> UserId {
        payload.user_id
    }

    fn concurrency_key(payload: &Letter) -> Option<String> {
        Some(payload.key.clone())
    }

    async fn call(_: TaskRequest<User>, _: Letter) -> TaskResult<Self::Return> {
        Ok(Ok(()))
    }
}

type Fine = Send<FINE>;

static FINE_ENTRY: TaskEntry = TaskEntry::of::<Fine>(file!(), line!());

#[track_caller]
fn option(refused: Result<impl Sized, QueueError>, part: &str) {
    match refused.map(drop) {
        Err(QueueError::InvalidOption(text)) => {
            assert!(text.contains(part), "no `{part}` in `{text}`")
        }
        other => panic!("{part}: {other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_stored_of_what_an_option_refuses() {
    let queue = Queue::in_process();
    let trigger = || Fine::trigger(&queue, letter());
    let year = Duration::from_secs(366 * 24 * 60 * 60);
    let more = year + Duration::from_secs(1);

    trigger().delay(year).await.unwrap().cancel().await.unwrap();
    option(trigger().delay(more).await, "delay");
    option(trigger().ttl(more).await, "ttl");
    let keyed = || trigger().idempotency_key("a");
    option(keyed().idempotency_ttl(more).await, "idempotency_ttl");
    option(trigger().idempotency_ttl(year).await, "idempotency_key");
    option(trigger().idempotency_key("").await, "idempotency key");
    option(trigger().tags(["a\0b"]).await, "NUL");
    option(trigger().concurrency_key("\0").await, "NUL");
    option(trigger().metadata(json!({ "a": "\0" })).await, "NUL");
    option(trigger().metadata(json!([])).await, "object");
    option(trigger().priority(u32::MAX).await, "priority");
    option(trigger().max_attempts(251).await, "max_attempts");
    option(trigger().trace_id("7").await, "trace id");
    let far = Utc::now() + TimeDelta::days(367);
    option(trigger().run_at(far).await, "run_at");
    let never = DateTime::<Utc>::MAX_UTC;
    option(trigger().run_at(never).await, "run_at");
    assert_eq!(queue.runs(RunFilter::new()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_task_says_is_held_to_the_same_limits() {
    let queue = Queue::in_process();
    option(Send::<LONG_TTL>::trigger(&queue, letter()).await, "ttl");
    let refused = Send::<HIGH_PRIORITY>::trigger(&queue, letter()).await;
    option(refused, "priority");
    option(Send::<NO_QUEUE>::trigger(&queue, letter()).await, "queue");

    // The trigger takes precedence over the task.
    let trigger = Send::<LONG_TTL>::trigger(&queue, letter());
    trigger.ttl(Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn what_the_payload_says_is_held_to_the_same_limits() {
    let queue = Queue::in_process();
    let refused = |letter: Letter, part: &'static str| {
        let queue = queue.clone();
        async move {
            let error = Fine::trigger(&queue, letter).await.unwrap_err();
            assert!(matches!(error, QueueError::Payload(_)), "{error:?}");
            assert!(error.to_string().contains(part), "{error}");
        }
    };
    let mut long = letter();
    long.key = "k".repeat(257);
    refused(long, "the concurrency key has 257 characters").await;
    let mut nil = letter();
    nil.user_id = UserId::from(uuid::Uuid::nil());
    let told = "the user id is the nil UUID; it was probably never set";
    refused(nil, told).await;

    let mut large = letter();
    large.text = Value::from("x".repeat(3 * 1024 * 1024));
    option(Fine::trigger(&queue, large).await, "Storage");
    let mut deep = letter();
    deep.text = (0..100).fold(json!([]), |inner, _| json!([inner]));
    option(Fine::trigger(&queue, deep).await, "102 levels");
    assert!(queue.runs(RunFilter::new()).await.unwrap().is_empty());
}

#[test]
fn a_payload_without_its_type_is_measured_before_it_is_read() {
    let refused = |json: String| {
        let payload = RawValue::from_string(json).unwrap();
        TriggerOptions::new().run_of_entry(&FINE_ENTRY, payload)
    };
    let levels = 100_000;
    let deep = "[".repeat(levels) + &"]".repeat(levels);
    option(refused(deep), "100000 levels");
    option(refused(format!("\"{}\"", "x".repeat(4 << 20))), "Storage");
    let other = refused("[]".to_owned()).unwrap_err();
    assert!(matches!(other, QueueError::Payload(_)), "{other:?}");
}

#[tokio::test]
async fn an_empty_concurrency_key_is_a_key() {
    let queue = Queue::in_process();
    let handle = Fine::trigger(&queue, letter()).concurrency_key("");
    let run = handle.await.unwrap().retrieve().await.unwrap();
    assert_eq!(run.concurrency_key.as_deref(), Some(""));
}

#[tokio::test]
async fn the_earliest_time_there_is_is_now() {
    let queue = Queue::in_process();
    let first = DateTime::<Utc>::MIN_UTC;
    let trigger = Fine::trigger(&queue, letter()).run_at(first);
    let handle = trigger.await.unwrap();
    assert_eq!(handle.status().await.unwrap(), RunStatus::Queued);
    let run = Fine::trigger(&queue, letter()).run_at(first);
    let run = run.into_run().unwrap();
    assert!(run.run_at.unwrap() > Utc::now() - TimeDelta::days(367));
}

#[tokio::test]
async fn a_run_is_not_moved_more_than_a_year_ahead() {
    let queue = Queue::in_process();
    let delayed = Fine::trigger(&queue, letter()).delay(Duration::from_secs(60));
    let delayed = delayed.await.unwrap();
    let before = delayed.retrieve().await.unwrap().run_at;
    for far in [Utc::now() + TimeDelta::days(367), DateTime::<Utc>::MAX_UTC] {
        option(delayed.reschedule(far).await, "the new time of the run");
    }
    assert_eq!(delayed.retrieve().await.unwrap().run_at, before);
    let moved = delayed.reschedule(DateTime::<Utc>::MIN_UTC).await.unwrap();
    assert_eq!(moved.status, RunStatus::Queued);
}

#[tokio::test]
async fn what_no_run_can_have_is_not_looked_for() {
    let queue = Queue::in_process();
    Fine::trigger(&queue, letter()).await.unwrap();
    for filter in [RunFilter::new().tag("\0"), RunFilter::new().task("a\0")] {
        assert!(queue.runs(filter).await.unwrap().is_empty());
    }
}
