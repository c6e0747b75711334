//! Which identity sees and writes which rows, one after another and all at once.

use serde_json::Value;
use supabase_task::prelude::*;
use supabase_task_tests::user;
use tokio::task::JoinSet;

use crate::start;
use crate::tasks::{AddTodo, As, Todo, add_todo, list_all, list_as_anon, list_todos};

fn own(n: u32, title: &str) -> AddTodo {
    AddTodo {
        user_id: user(n),
        owner_id: user(n),
        title: title.to_owned(),
    }
}

fn titles(todos: Vec<Todo>) -> Vec<String> {
    let mut titles: Vec<_> = todos.into_iter().map(|todo| todo.title).collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn each_identity_sees_what_row_level_security_lets_it() {
    let (_database, stack) = start().await;
    let supabase = stack.supabase();
    for payload in [own(1, "a"), own(1, "b"), own(2, "c")] {
        add_todo::run(&supabase, payload).await.unwrap();
    }

    for (n, expected) in [(1, vec!["a", "b"]), (2, vec!["c"]), (3, vec![])] {
        let seen = list_todos::run(&supabase, As { user_id: user(n) })
            .await
            .unwrap();
        assert_eq!(titles(seen), expected, "user {n}");
    }
    let all = list_all::run(&supabase, ()).await.unwrap();
    assert_eq!(titles(all), ["a", "b", "c"]);
    assert_eq!(list_as_anon::run(&supabase, ()).await.unwrap(), []);

    let for_another = AddTodo {
        owner_id: user(2),
        ..own(1, "not mine")
    };
    let error = add_todo::run(&supabase, for_another).await.unwrap_err();
    let refusal = error.client_error().unwrap();
    assert_eq!(
        (refusal.code(), refusal.status()),
        (Some("42501"), Some(403))
    );
    stack.shutdown().await.unwrap();
}

/// 64 tasks of 16 users, all running together: each adds a row and lists what it can see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_share_connections_never_see_another_users_row() {
    let (database, stack) = start().await;
    let mut tasks = JoinSet::new();
    for n in 0..64 {
        let supabase = stack.supabase();
        tasks.spawn(async move {
            let title = format!("{}", n / 16);
            let payload = own(n % 16, &title);
            let user_id = payload.user_id;
            add_todo::run(&supabase, payload).await.unwrap();
            let seen = list_todos::run(&supabase, As { user_id }).await.unwrap();
            assert!(seen.iter().all(|todo| todo.user_id == user_id), "{seen:?}");
            assert!(seen.iter().any(|todo| todo.title == title), "{seen:?}");
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    for n in 0..16 {
        let seen = list_todos::run(&stack.supabase(), As { user_id: user(n) })
            .await
            .unwrap();
        assert_eq!(titles(seen), ["0", "1", "2", "3"]);
    }

    // Without more than one connection, this test would show nothing.
    let connections: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .fetch_one(&mut database.connect().await)
    .await
    .unwrap();
    assert!(connections > 1, "{connections}");
    stack.shutdown().await.unwrap();
}

/// The settings that a hosted project has on its roles. The embedded PostgreSQL has no timers.
#[tokio::test]
async fn each_role_has_its_statement_timeout() {
    let (_database, stack) = start().await;
    stack
        .execute(
            "create function statement_timeout() returns text language plpgsql as $$
             begin return current_setting('statement_timeout'); end $$",
        )
        .await
        .unwrap();
    let supabase = stack.supabase();
    let user = supabase.user_client(user(1)).unwrap();
    let anon = supabase.anon_client().unwrap();
    let service = supabase.service_client().unwrap();

    // Twice, because no request may leave its timeout behind on the connection.
    for _ in 0..2 {
        let shown = |timeout: &str| json!(timeout);
        let seen: [Value; 3] = [
            user.rpc("statement_timeout", json!({}))
                .execute()
                .await
                .unwrap(),
            service
                .rpc("statement_timeout", json!({}))
                .execute()
                .await
                .unwrap(),
            anon.rpc("statement_timeout", json!({}))
                .execute()
                .await
                .unwrap(),
        ];
        assert_eq!(seen, ["8s", "0", "3s"].map(shown));
    }
    stack.shutdown().await.unwrap();
}
