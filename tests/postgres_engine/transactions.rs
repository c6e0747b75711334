//! Triggers within the caller's transactions, and the checks before anything is stored.

use sqlx::{Connection, PgConnection, Row};
use supabase_task::engine::TriggerOptions;
use supabase_task::engine::postgres::sqlx_0_9::TriggerWithin;
use supabase_task::prelude::*;
use supabase_task::{QueueError, RunHandle};
use uuid::Uuid;

use crate::stage::{Stage, id};
use crate::tasks::note;

#[tokio::test]
async fn a_run_is_there_if_and_only_if_the_transaction_commits() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    let mut connection = PgConnection::connect(&stage.url).await.unwrap();

    let mut transaction = connection.begin().await.unwrap();
    let rolled_back = note::trigger(&stage.queue, 1)
        .within(&mut transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();

    let mut transaction = connection.begin().await.unwrap();
    let committed = note::trigger(&stage.queue, 2)
        .tags(["within"])
        .within(&mut transaction)
        .await
        .unwrap();
    // Before that, no one else sees it.
    let early = stage.queue.retrieve(committed).await;
    assert!(matches!(early, Err(QueueError::NoSuchRun(_))), "{early:?}");
    transaction.commit().await.unwrap();

    let handle = RunHandle::<note>::of(&stage.queue, committed);
    assert_eq!(handle.wait().await.unwrap(), 2);
    assert_eq!(handle.retrieve().await.unwrap().tags, ["within"]);
    let gone = stage.queue.retrieve(rolled_back).await;
    assert!(matches!(gone, Err(QueueError::NoSuchRun(_))), "{gone:?}");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_same_as_a_statement_for_any_driver() {
    let stage = Stage::new().await;
    let mut connection = PgConnection::connect(&stage.url).await.unwrap();
    let mut ids = Vec::new();
    for commit in [false, true, true] {
        let statement = note::trigger(&stage.queue, 3)
            .idempotency_key("once")
            .statement()
            .unwrap();
        let mut transaction = connection.begin().await.unwrap();
        let row = sqlx::query(statement.sql())
            .bind(statement.parameter())
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        ids.push((
            row.get::<Uuid, _>("run_id"),
            row.get::<bool, _>("is_cached"),
            *statement.run_id().as_uuid(),
        ));
        match commit {
            true => transaction.commit().await.unwrap(),
            false => transaction.rollback().await.unwrap(),
        }
    }
    let (first, second, third) = (ids[0], ids[1], ids[2]);
    assert_eq!((first.0, first.1), (first.2, false));
    assert_eq!((second.0, second.1), (second.2, false));
    assert_eq!((third.0, third.1), (second.0, true));

    let worker = stage.worker().start().unwrap();
    let run = stage.finished(id(second.0)).await;
    assert_eq!(run.output.unwrap().get(), "3");
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(stored, 1);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_user_of_a_payload_is_checked_before_anything_is_stored() {
    let stage = Stage::new().await;
    let nil = Uuid::nil().to_string();
    for wrong in [nil.as_str(), "me", "", "5f0c8f0e-9a3c-4a52-8d8e"] {
        let payload = json!({ "user_id": wrong, "text": "a" });
        let refused = stage
            .queue
            .trigger("as-user", payload, TriggerOptions::new())
            .await
            .unwrap_err();
        assert!(matches!(refused, QueueError::Payload(_)), "{refused:?}");
        assert!(refused.to_string().contains("user"), "{refused}");
    }
    let without = stage
        .queue
        .trigger("as-user", json!({ "text": "a" }), TriggerOptions::new())
        .await;
    assert!(
        matches!(without, Err(QueueError::Payload(_))),
        "{without:?}"
    );
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(stored, 0);
}

/// The statements around it keep the transaction's role, and only the trigger has the login's, who owns the queue.
#[tokio::test]
async fn a_run_can_be_triggered_within_a_users_transaction() {
    let stage = Stage::new().await;
    let mut connection = PgConnection::connect(&stage.url).await.unwrap();
    sqlx::raw_sql(
        "do $$ begin create role authenticated; exception when duplicate_object or unique_violation then null; end $$;
         create table notes_of_users (body text);
         grant insert, select on notes_of_users to authenticated;",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_of_nobody")
        .jwt_secret("a secret of thirty-two bytes, or more")
        .database_url(stage.url.as_str())
        .build()
        .unwrap();
    let database = supabase
        .user_database("5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse().unwrap())
        .unwrap();
    let mut ids = Vec::new();
    for commit in [false, true] {
        let mut tx = database.begin().await.unwrap();
        sqlx::query("insert into notes_of_users values ('it''s')")
            .execute(&mut *tx)
            .await
            .unwrap();
        let trigger = note::trigger(&stage.queue, 7).tags(["it's \\ quoted"]);
        ids.push(trigger.within(&mut tx).await.unwrap());
        let role: String = sqlx::query_scalar("select current_user::text")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(role, "authenticated");
        match commit {
            true => tx.commit().await.unwrap(),
            false => drop(tx),
        }
    }
    let gone = stage.queue.retrieve(ids[0]).await;
    assert!(matches!(gone, Err(QueueError::NoSuchRun(_))), "{gone:?}");
    let run = stage.queue.retrieve(ids[1]).await.unwrap();
    assert_eq!(run.tags, ["it's \\ quoted"]);

    // A user's own statement still cannot.
    let mut tx = database.begin().await.unwrap();
    let statement = note::trigger(&stage.queue, 8).statement().unwrap();
    let error = sqlx::query(statement.sql())
        .bind(statement.parameter())
        .execute(&mut *tx)
        .await
        .unwrap_err();
    let code = error.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("42501"), "{error}");
}
