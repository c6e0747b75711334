//! Tasks that run as a role of the database.

use serde::{Deserialize, Serialize};
use serde_json::json;
use supabase_task::RunStatus;
use supabase_task::auth::{AuthKind, Principal};
use supabase_task::engine::TriggerOptions;
use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;
use supabase_task_tests::user;

use crate::support::{Engine, on_both_engines, soon};

on_both_engines!(
    a_run_stores_the_role,
    a_run_stores_the_role_and_its_user,
    the_user_is_checked_when_it_is_triggered,
    a_scheduled_task_can_run_as_a_role,
);

#[derive(DatabaseRole)]
#[role(name = "engine_reporter")]
struct Reporter;

#[supabase_task(auth = "role", role = Reporter)]
async fn report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<String> {
    Ok(format!("{supabase:?}"))
}

#[derive(Serialize, Deserialize)]
struct Ask {
    asked_by: UserId,
}

#[supabase_task(auth = "role", role = Reporter, user = payload.asked_by)]
async fn report_for(payload: Ask, supabase: RoleClient<Reporter>) -> TaskResult<String> {
    assert!(!payload.asked_by.as_uuid().is_nil());
    Ok(format!("{supabase:?}"))
}

#[supabase_task(auth = "role", role = Reporter, schedule = "0 6 * * *")]
async fn daily(_tick: Tick, _supabase: RoleClient<Reporter>) -> TaskResult<()> {
    Ok(())
}

fn shown(run: &supabase_task::engine::Run) -> String {
    run.principal
        .map(|principal| principal.to_string())
        .unwrap_or_default()
}

async fn a_run_stores_the_role(engine: Engine) {
    let _worker = engine.start();
    let handle = report::trigger(&engine.queue, ()).await.unwrap();
    let client = soon(handle.wait()).await.unwrap();
    assert!(client.contains("the role engine_reporter"), "{client}");
    assert!(!client.contains("eyJ"), "{client}");
    let run = handle.retrieve().await.unwrap();
    assert_eq!(shown(&run), "the role engine_reporter");
    assert!(matches!(
        run.principal,
        Some(Principal::Role { user: None, .. })
    ));
}

async fn a_run_stores_the_role_and_its_user(engine: Engine) {
    let _worker = engine.start();
    let payload = Ask { asked_by: user(1) };
    let handle = report_for::trigger(&engine.queue, payload).await.unwrap();
    let expected = format!("the role engine_reporter for user {}", user(1));
    let client = soon(handle.wait()).await.unwrap();
    assert!(client.contains(&expected), "{client}");
    let run = handle.retrieve().await.unwrap();
    assert_eq!(shown(&run), expected);
    assert_eq!(run.principal.unwrap().user(), Some(user(1)));
}

async fn the_user_is_checked_when_it_is_triggered(engine: Engine) {
    let nobody = uuid::Uuid::nil();
    let refused = engine
        .queue
        .trigger(
            "report_for",
            json!({ "asked_by": nobody }),
            TriggerOptions::new(),
        )
        .await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("the user id is the nil UUID"), "{error}");
}

async fn a_scheduled_task_can_run_as_a_role(engine: Engine) {
    let _worker = engine.start();
    let tick = Tick::at(std::time::SystemTime::now());
    let handle = daily::trigger(&engine.queue, tick).await.unwrap();
    soon(handle.wait()).await.unwrap();
    assert_eq!(
        handle.retrieve().await.unwrap().status,
        RunStatus::Completed
    );
}

#[test]
fn a_task_knows_its_role() {
    let task = linked_tasks().find(|task| task.id() == "report").unwrap();
    assert_eq!(task.auth(), AuthKind::Role);
    assert_eq!(task.role().unwrap().as_str(), "engine_reporter");
    assert!(format!("{task:?}").contains("engine_reporter"));
    let user_task = linked_tasks().find(|task| task.id() == "greet").unwrap();
    assert_eq!(user_task.role(), None);
}
