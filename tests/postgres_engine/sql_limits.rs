//! Triggers from SQL have the same limits as triggers from Rust: at the limit both are accepted,
//! one above it both are refused, and the error names the option.

use std::time::Duration;

use serde_json::{Map, Value, json};
use sqlx::postgres::PgDatabaseError;
use supabase_task::engine::Trigger;
use supabase_task::prelude::*;
use supabase_task::{QueueError, RunStatus};
use uuid::Uuid;

use crate::stage::{Stage, id};
use crate::tasks::hold;

const YEAR: u64 = 366 * 24 * 60 * 60;

async fn from_sql(stage: &Stage, payload: &str, options: &str) -> Result<Uuid, String> {
    sqlx::query_scalar("select supabase_task.trigger('hold', $1::text::json, $2::text::json)")
        .bind(payload)
        .bind(options)
        .fetch_one(&stage.pool)
        .await
        .map_err(|error| {
            let error = error.into_database_error().unwrap();
            let error = error.downcast::<PgDatabaseError>();
            assert!(error.hint().is_some(), "{error:?}");
            error.message().to_owned()
        })
}

#[track_caller]
fn is_refused<T: std::fmt::Debug>(refused: Result<T, String>, part: &str) {
    let message = refused.expect_err(part);
    assert!(message.contains(part), "no `{part}` in `{message}`");
    assert!(message.len() < 400, "{message}");
}

async fn both(
    stage: &Stage,
    option: &str,
    value: Value,
    part: Option<&str>,
    set: impl Fn(Trigger<'_, hold>) -> Trigger<'_, hold>,
) {
    let rust = set(hold::trigger(&stage.queue, "g".to_owned())).await;
    let rust = rust
        .map(|run| run.id())
        .map_err(|error: QueueError| error.to_string());
    let mut options = Map::new();
    if option == "idempotency_ttl" {
        options.insert("idempotency_key".to_owned(), json!("k"));
    }
    options.insert(option.to_owned(), value);
    let sql = from_sql(stage, "\"g\"", &Value::Object(options).to_string()).await;
    match part {
        None => {
            rust.unwrap_or_else(|error| panic!("{option}: {error}"));
            let run = sql.unwrap_or_else(|error| panic!("{option}: {error}"));
            stage.run(id(run)).await;
        }
        Some(part) => {
            is_refused(rust, part);
            is_refused(sql, part);
        }
    }
}

#[tokio::test]
async fn texts_are_counted_alike() {
    let stage = Stage::with_tasks().await;
    for (letter, most) in [("k", 2_048_usize), ("ä", 1_024)] {
        for (count, part) in [(most, None), (most + 1, Some("idempotency key"))] {
            let key = letter.repeat(count);
            both(&stage, "idempotency_key", json!(key), part, |run| {
                run.idempotency_key(&*key)
            })
            .await;
        }
    }
    let part = Some("idempotency key");
    both(&stage, "idempotency_key", json!(""), part, |run| {
        run.idempotency_key("")
    })
    .await;
    for (count, part) in [(0, None), (256, None), (257, Some("concurrency key"))] {
        let key = "😀".repeat(count);
        both(&stage, "concurrency_key", json!(key), part, |run| {
            run.concurrency_key(&*key)
        })
        .await;
    }
    for (count, part) in [(128, None), (0, Some("tag")), (129, Some("tag"))] {
        let tag = "😀".repeat(count);
        both(&stage, "tags", json!([tag]), part, |run| run.tags([&*tag])).await;
    }
    for (count, part) in [(10, None), (11, Some("11 tags"))] {
        let tags: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        both(&stage, "tags", json!(tags), part, |run| {
            run.tags(tags.clone())
        })
        .await;
    }
    for tags in [
        json!([null]),
        json!([7]),
        json!([["a"]]),
        json!("a"),
        json!({}),
    ] {
        let options = json!({ "tags": tags }).to_string();
        is_refused(from_sql(&stage, "1", &options).await, "tag");
    }
    for trace_id in ["", "g", &"a".repeat(31), &"a".repeat(33), &"g".repeat(32)] {
        let options = json!({ "trace_id": trace_id }).to_string();
        is_refused(from_sql(&stage, "1", &options).await, "trace_id");
    }
}

#[tokio::test]
async fn numbers_and_times_are_bounded_alike() {
    let stage = Stage::with_tasks().await;
    let most = u32::try_from(YEAR).unwrap();
    for (number, part) in [(0, None), (most, None), (most + 1, Some("priority is"))] {
        both(&stage, "priority", json!(number), part, |run| {
            run.priority(number)
        })
        .await;
    }
    for (number, part) in [
        (1, None),
        (250, None),
        (0, Some("max_attempts is")),
        (251, Some("max_attempts is")),
    ] {
        both(&stage, "max_attempts", json!(number), part, |run| {
            run.max_attempts(number)
        })
        .await;
    }
    for option in ["priority", "max_attempts"] {
        for value in [
            "-1",
            "1.5",
            "1e400",
            "\"many\"",
            "true",
            "[]",
            "{}",
            "\"NaN\"",
            "2147483648",
        ] {
            let options = format!("{{\"{option}\": {value}}}");
            is_refused(from_sql(&stage, "1", &options).await, option);
        }
    }
    for (seconds, is_good) in [(0, true), (YEAR, true), (YEAR + 1, false)] {
        let time = Duration::from_secs(seconds);
        let part = |name| (!is_good).then_some(name);
        both(&stage, "delay", json!(seconds), part("delay is"), |run| {
            run.delay(time)
        })
        .await;
        both(&stage, "ttl", json!(seconds), part("ttl is"), |run| {
            run.ttl(time)
        })
        .await;
        let part = part("idempotency_ttl is");
        both(&stage, "idempotency_ttl", json!(seconds), part, |run| {
            run.idempotency_key("k").idempotency_ttl(time)
        })
        .await;
    }
    for option in ["delay", "ttl", "idempotency_ttl"] {
        for value in [
            "-1",
            "\"-1 second\"",
            "\"soon\"",
            "\"\"",
            "\"1e30 years\"",
            "\"999999999 years\"",
            "{}",
            "1e400",
        ] {
            let options = format!("{{\"idempotency_key\": \"k\", \"{option}\": {value}}}");
            is_refused(from_sql(&stage, "1", &options).await, option);
        }
    }
    for value in [
        "infinity",
        "-infinity",
        "soon",
        "",
        "2999-01-01",
        "200000-01-01",
        "999999-01-01",
        "2026-01-01 00:00 Nowhere/Else",
    ] {
        let options = json!({ "run_at": value }).to_string();
        is_refused(from_sql(&stage, "1", &options).await, "run_at is");
    }
    let past = from_sql(&stage, "1", r#"{"run_at": "1900-01-01"}"#)
        .await
        .unwrap();
    assert_eq!(stage.run(id(past)).await.status, RunStatus::Queued);
    is_refused(
        from_sql(&stage, "1", r#"{"idempotency_ttl": "1 h"}"#).await,
        "idempotency_ttl",
    );
}

#[tokio::test]
async fn metadata_is_bounded_alike() {
    let stage = Stage::with_tasks().await;
    let nested = |levels: usize, innermost: Value| {
        let mut value = innermost;
        for level in 1..levels {
            value = if level % 2 == 0 {
                json!({ "a": value })
            } else {
                json!([value])
            };
        }
        json!({ "a": value })
    };
    for (value, part) in [
        // The innermost value is empty or not.
        (nested(64, json!(1)), None),
        (nested(63, json!([])), None),
        (nested(63, json!({})), None),
        (nested(64, json!([])), Some("metadata")),
        (nested(64, json!({})), Some("metadata")),
        (nested(65, json!(1)), Some("metadata")),
        (json!({ "a": 1e300, "b": -1e300, "c": u64::MAX }), None),
        (
            json!({ "a": [1.000_000_000_000_001e300] }),
            Some("metadata"),
        ),
        (json!({ "a": "x".repeat(262_144 - 8) }), None),
        (json!({ "a": "x".repeat(262_144 - 7) }), Some("metadata")),
        // PostgreSQL's output of these is longer than the input.
        (json!({ "a": vec![1e300; 10_000] }), None),
        (json!({ "a\0": 1 }), Some("metadata")),
        (json!({ "a": ["\0\0"] }), Some("metadata")),
    ] {
        both(&stage, "metadata", value.clone(), part, |run| {
            run.metadata(value.clone())
        })
        .await;
    }
    for value in ["1e400", "1e200000", "-1e301"] {
        let options = format!("{{\"metadata\": {{\"a\": {value}}}}}");
        is_refused(from_sql(&stage, "1", &options).await, "metadata");
    }
    is_refused(
        from_sql(&stage, "1", r#"{"metadata": [1]}"#).await,
        "metadata",
    );
}

#[tokio::test]
async fn payloads_are_bounded_alike() {
    let stage = Stage::with_tasks().await;
    let most = 3 * 1024 * 1024 - 2;
    let large = |bytes: usize| "x".repeat(bytes);
    hold::trigger(&stage.queue, large(most)).await.unwrap();
    let refused = hold::trigger(&stage.queue, large(most + 1)).await;
    is_refused(refused.map_err(|error| error.to_string()), "the payload");
    from_sql(&stage, &json!(large(most)).to_string(), "{}")
        .await
        .unwrap();
    is_refused(
        from_sql(&stage, &json!(large(most + 1)).to_string(), "{}").await,
        "the payload",
    );

    let nested =
        |open: &str, close: &str, levels: usize| open.repeat(levels) + "1" + &close.repeat(levels);
    for (payload, is_good) in [
        (nested("[", "]", 100), true),
        (nested("[", "]", 101), false),
        (nested("{\"a\":", "}", 100), true),
        (nested("{\"a\":", "}", 101), false),
        (nested("[{\"]}\":", "}]", 50), true),
        (nested("[{\"]}\":", "}]", 51), false),
        (nested("[[],{\"\\\"\":", "}]", 50), true),
        (nested("[", "]", 5_000), false),
    ] {
        match (from_sql(&stage, &payload, "{}").await, is_good) {
            (Ok(run), true) => assert_eq!(stage.run(id(run)).await.payload.get(), payload),
            (refused, _) => is_refused(refused, "the payload"),
        }
    }
}

#[tokio::test]
async fn a_nul_is_refused_with_the_name_of_its_option() {
    let stage = Stage::with_tasks().await;
    for option in [
        "idempotency_key",
        "concurrency_key",
        "trace_id",
        "tags",
        "metadata",
        "delay",
        "run_at",
    ] {
        for value in [
            r#""\u0000""#,
            r#""a\\\u0000b""#,
            r#"["\u0000\u0000"]"#,
            r#"{"\u0000": 1}"#,
        ] {
            let options = format!("{{\"priority\": 1, \"{option}\": {value}}}");
            let refused = from_sql(&stage, "1", &options).await;
            is_refused(refused.clone(), &format!("option {option} "));
            is_refused(refused, "NUL");
        }
        let options = format!("{{\"{option}\": \"\\ud800\"}}");
        is_refused(from_sql(&stage, "1", &options).await, "surrogate");
    }
    // These are a backslash and five characters.
    let run = from_sql(&stage, "1", r#"{"tags": ["\\u0000"]}"#)
        .await
        .unwrap();
    assert_eq!(stage.run(id(run)).await.tags, ["\\u0000"]);
    for payload in [r#""\u0000""#, r#"{"\u0000": "\ud800"}"#] {
        let run = from_sql(&stage, payload, "{}").await.unwrap();
        assert_eq!(stage.run(id(run)).await.payload.get(), payload);
    }
}
