//! What a task knows about its run, and what the server is told about it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use supabase_task::prelude::*;
use supabase_task::task::{FromTask, TaskRequest, linked_tasks};
use supabase_task_tests::{start, user};

use crate::tasks::{As, claims};

#[supabase_task(auth = "user", id = "context.describe")]
async fn describe(
    _payload: As,
    supabase: UserClient,
    ctx: TaskContext,
) -> TaskResult<(String, String, u32, Value)> {
    let claims = supabase.rpc("claims", json!({})).execute::<Value>().await?;
    Ok((
        ctx.task_id().to_owned(),
        ctx.run_id().to_string(),
        ctx.attempt(),
        claims,
    ))
}

/// Every written row can be traced to a run: the token names it.
#[tokio::test]
async fn the_server_sees_which_run_of_which_task_it_serves() {
    let stack = start().await;
    let (task_id, run_id, attempt, claims) =
        describe::run(&stack.supabase(), As { user_id: user(1) })
            .await
            .unwrap();

    assert_eq!((task_id.as_str(), attempt), ("context.describe", 1));
    assert_eq!(
        claims["supabase_task"],
        json!({ "id": "context.describe", "run_id": run_id })
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_token_has_all_the_claims_that_supabase_auth_gives() {
    let stack = start().await;
    let claims = claims::run(&stack.supabase(), As { user_id: user(1) })
        .await
        .unwrap();

    assert_eq!(claims["sub"], json!(user(1)));
    assert_eq!(claims["role"], "authenticated");
    assert_eq!(claims["aud"], "authenticated");
    assert_eq!(claims["iss"], format!("{}/auth/v1", stack.url()));
    assert_eq!(claims["aal"], "aal1");
    assert_eq!(claims["is_anonymous"], false);
    // `iat` is slightly in the past, for servers whose clock lags.
    let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert!((3600..=3600 + 30).contains(&life), "{life}");
    assert!(claims.get("session_id").is_none());
    stack.shutdown().await.unwrap();
}

#[derive(Clone, Default)]
struct Outbox(Arc<Mutex<Vec<String>>>);

#[supabase_task(auth = "anon", id = "context.send")]
async fn send(payload: String, State(outbox): State<Outbox>) -> TaskResult<()> {
    outbox
        .0
        .lock()
        .map_err(|_| TaskError::abort("poisoned"))?
        .push(payload);
    Ok(())
}

#[tokio::test]
async fn the_applications_state_is_injected() {
    let outbox = Outbox::default();
    let supabase = offline().with_state(outbox.clone());

    send::run(&supabase, "hello".to_owned()).await.unwrap();

    assert_eq!(*outbox.0.lock().unwrap(), ["hello"]);
}

#[tokio::test]
async fn state_that_was_not_given_is_named() {
    let error = send::run(&offline(), "hello".to_owned()).await.unwrap_err();
    assert!(error.is_abort());
    let text = error.to_string();
    assert!(
        text.contains("context.send") && text.contains("Outbox"),
        "{text}"
    );
    assert!(text.contains("with_state"), "{text}");
}

type Everything = Supabase;

#[supabase_task(auth = "anon", id = "context.smuggle")]
async fn smuggle(_payload: (), State(_all): State<Everything>) -> TaskResult<()> {
    Ok(())
}

#[tokio::test]
async fn the_factory_is_not_injected_under_another_name_either() {
    let supabase = offline();
    let error = smuggle::run(&supabase.clone().with_state(supabase), ())
        .await
        .unwrap_err();
    assert!(error.is_abort());
    assert!(
        error.to_string().contains("acts as another identity"),
        "{error}"
    );
}

#[derive(DatabaseRole)]
#[role(name = "state_reader")]
struct Reader;

#[derive(DatabaseRole)]
#[role(name = "state_writer")]
struct Writer;

type OfReader = RoleClient<Reader>;
type OfUser = UserClient;

#[supabase_task(auth = "role", role = Reader, id = "context.reader")]
async fn reader(
    _payload: (),
    _supabase: RoleClient<Reader>,
    State(state): State<RoleClient<Reader>>,
) -> TaskResult<String> {
    Ok(format!("{state:?}"))
}

#[supabase_task(auth = "role", role = Writer, id = "context.writer")]
async fn writer(
    _payload: (),
    _supabase: RoleClient<Writer>,
    State(_state): State<RoleClient<Reader>>,
) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "role", role = Writer, id = "context.writer_of_user")]
async fn writer_of_user(
    _payload: (),
    _supabase: RoleClient<Writer>,
    State(_state): State<OfUser>,
) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "anon", id = "context.anon_of_role")]
async fn anon_of_role(_payload: (), State(_state): State<OfReader>) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service", id = "context.service_of_role")]
async fn service_of_role(
    _payload: (),
    _supabase: ServiceClient,
    State(_state): State<OfReader>,
) -> TaskResult<()> {
    Ok(())
}

#[tokio::test]
async fn a_client_of_another_identity_is_no_state() {
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_offline_offline_offline")
        .secret_key("sb_secret_offline_offline_offline")
        .jwt_secret("a-secret-of-at-least-thirty-two-characters")
        .build()
        .unwrap();
    let supabase = supabase
        .clone()
        .with_state(supabase.role_client::<Reader>(None).unwrap())
        .with_state(supabase.user_client(user(1)).unwrap());
    let own = reader::run(&supabase, ()).await.unwrap();
    assert!(own.contains("the role state_reader"), "{own}");
    let refused = [
        writer::run(&supabase, ()).await,
        writer_of_user::run(&supabase, ()).await,
        anon_of_role::run(&supabase, ()).await,
        service_of_role::run(&supabase, ()).await,
    ];
    for refused in refused {
        let error = refused.unwrap_err();
        assert!(error.is_abort());
        let text = error.to_string();
        assert!(text.contains("acts as another identity"), "{text}");
    }
}

/// A user-defined extractor: a repository over the client of the identity that the task runs as.
struct Whoami<M: supabase_task::auth::AuthMode>(supabase_task::Client<M>);

impl<M: supabase_task::auth::AuthMode> FromTask<M> for Whoami<M> {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(Self(request.client().clone()))
    }
}

#[supabase_task(auth = "service", id = "context.whoami_service")]
async fn whoami_service(
    _payload: (),
    whoami: Whoami<supabase_task::auth::Service>,
) -> TaskResult<Value> {
    Ok(whoami.0.rpc("whoami", json!({})).execute().await?)
}

#[tokio::test]
async fn a_users_own_extractor_gets_the_client_of_the_task() {
    let stack = start().await;
    let seen = whoami_service::run(&stack.supabase(), ()).await.unwrap();
    assert_eq!(seen, json!({ "uid": null, "role": "service_role" }));
    stack.shutdown().await.unwrap();
}

/// As an engine or a command line runs a task: by id, with JSON in and out.
#[tokio::test]
async fn a_linked_task_runs_by_its_id() {
    let outbox = Outbox::default();
    let supabase = offline().with_state(outbox.clone());
    let entry = linked_tasks()
        .find(|task| task.id() == "context.send")
        .unwrap();

    entry.run(&supabase, json!("by id")).await.unwrap();
    let error = entry
        .run(&supabase, json!({ "not": "a string" }))
        .await
        .unwrap_err();

    assert_eq!(*outbox.0.lock().unwrap(), ["by id"]);
    assert!(error.is_abort());
    assert!(
        error
            .to_string()
            .contains("the payload of task `context.send`"),
        "{error}"
    );
    assert!(
        entry.location().starts_with("tests/stack/context.rs:"),
        "{}",
        entry.location()
    );
}

#[tokio::test]
async fn a_user_id_that_is_no_uuid_does_not_parse_as_a_payload() {
    let entry = linked_tasks().find(|task| task.id() == "claims").unwrap();
    let error = entry
        .run(&offline(), json!({ "user_id": "user_12345" }))
        .await
        .unwrap_err();
    assert!(error.is_abort());
    assert!(error.to_string().contains("UUID"), "{error}");
}

/// A project that is never contacted.
fn offline() -> Supabase {
    Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_offline_offline_offline")
        .jwt_secret("a-secret-of-at-least-thirty-two-characters")
        .build()
        .unwrap()
}
