//! Which identity sees and writes which rows.

use supabase_task::Supabase;
use supabase_task::prelude::*;
use supabase_task_tests::{start, user};

use crate::tasks::{AddTodo, As, Todo, add_todo, list_all, list_as_anon, list_todos};

fn own(n: u32, title: &str) -> AddTodo {
    AddTodo {
        user_id: user(n),
        owner_id: user(n),
        title: title.to_owned(),
    }
}

async fn two_users(supabase: &Supabase) {
    for payload in [own(1, "a"), own(1, "b"), own(2, "c")] {
        add_todo::run(supabase, payload).await.unwrap();
    }
}

fn titles(todos: Vec<Todo>) -> Vec<String> {
    let mut titles: Vec<_> = todos.into_iter().map(|todo| todo.title).collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn a_user_task_sees_its_users_rows_and_no_others() {
    let stack = start().await;
    let supabase = stack.supabase();
    two_users(&supabase).await;

    let first = list_todos::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();
    let second = list_todos::run(&supabase, As { user_id: user(2) })
        .await
        .unwrap();
    let third = list_todos::run(&supabase, As { user_id: user(3) })
        .await
        .unwrap();

    assert_eq!(titles(first), ["a", "b"]);
    assert_eq!(titles(second), ["c"]);
    assert_eq!(titles(third), [""; 0]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_service_task_sees_every_row_and_an_anon_task_none() {
    let stack = start().await;
    let supabase = stack.supabase();
    two_users(&supabase).await;

    assert_eq!(
        titles(list_all::run(&supabase, ()).await.unwrap()),
        ["a", "b", "c"]
    );
    assert_eq!(
        titles(list_as_anon::run(&supabase, ()).await.unwrap()),
        [""; 0]
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn writing_another_users_row_is_refused_for_good() {
    let stack = start().await;
    let supabase = stack.supabase();

    let for_another = AddTodo {
        owner_id: user(2),
        ..own(1, "not mine")
    };
    let error = add_todo::run(&supabase, for_another).await.unwrap_err();

    assert!(error.is_abort(), "{error}");
    let refusal = error.client_error().unwrap();
    assert!(refusal.is_row_level_security());
    assert_eq!(refusal.code(), Some("42501"));
    assert_eq!(refusal.status(), Some(403));
    assert!(
        error.to_string().contains(&user(1).to_string()),
        "who it ran as: {error}"
    );
    assert_eq!(list_all::run(&supabase, ()).await.unwrap(), []);
    stack.shutdown().await.unwrap();
}

/// Like `add_todo`, in the style of anyhow.
#[supabase_task(auth = "user")]
async fn add_todo_with_anyhow(payload: AddTodo, supabase: UserClient) -> anyhow::Result<()> {
    supabase
        .from("todos")
        .insert(json!({ "user_id": payload.owner_id, "title": payload.title }))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_refusal_stays_a_refusal_inside_of_anyhow() {
    let stack = start().await;
    let for_another = AddTodo {
        owner_id: user(2),
        ..own(1, "not mine")
    };

    let error = add_todo_with_anyhow::run(&stack.supabase(), for_another)
        .await
        .unwrap_err();

    assert!(error.is_abort(), "{error}");
    assert!(error.client_error().unwrap().is_row_level_security());
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_service_client_acts_as_a_user_only_downwards() {
    let stack = start().await;
    let supabase = stack.supabase();
    two_users(&supabase).await;

    let service = supabase.service_client().unwrap();
    let as_second = service.act_as(user(2)).unwrap();
    let rows = as_second
        .from("todos")
        .select("user_id,title")
        .rows::<Todo>()
        .await
        .unwrap();

    assert_eq!(titles(rows), ["c"]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_fn_can_be_called_with_a_client_of_the_callers() {
    let stack = start().await;
    let supabase = stack.supabase();
    two_users(&supabase).await;

    let client = supabase.user_client(user(1)).unwrap();
    let rows = list_todos(As { user_id: user(1) }, client).await.unwrap();

    assert_eq!(titles(rows), ["a", "b"]);
    stack.shutdown().await.unwrap();
}

/// Both key families: `sb_…` and the legacy JWTs.
#[tokio::test]
async fn legacy_keys_work_as_well() {
    let stack = start().await;
    let supabase = Supabase::builder()
        .url(stack.url())
        .publishable_key(stack.anon_key())
        .secret_key(stack.service_role_key())
        .jwt_secret(stack.jwt_secret())
        .build()
        .unwrap();
    two_users(&supabase).await;

    assert_eq!(
        titles(list_all::run(&supabase, ()).await.unwrap()),
        ["a", "b", "c"]
    );
    let second = list_todos::run(&supabase, As { user_id: user(2) })
        .await
        .unwrap();
    assert_eq!(titles(second), ["c"]);
    assert_eq!(
        titles(list_as_anon::run(&supabase, ()).await.unwrap()),
        [""; 0]
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_service_client_reads_one_user_by_id() {
    let stack = start().await;
    let id = user(7);
    stack
        .execute(format!(
            "insert into auth.users (id, email) values ('{id}', 'seven@example.com')"
        ))
        .await
        .unwrap();
    let service = stack.supabase().service_client().unwrap();

    let found = service.auth_admin().get_user_by_id(id).await.unwrap();
    assert_eq!(found.email.as_deref(), Some("seven@example.com"));
    let missing = service
        .auth_admin()
        .get_user_by_id(user(8))
        .await
        .unwrap_err();
    assert_eq!(missing.status(), Some(404));
    stack.shutdown().await.unwrap();
}
