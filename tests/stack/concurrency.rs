//! Many users at once.

use supabase_task::prelude::*;
use supabase_task_tests::{start, user};

use crate::tasks::{AddTodo, As, add_todo, list_todos};

/// 200 tasks of 50 users, all running together: each adds a row and lists what it can see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_task_ever_sees_another_users_row() {
    let stack = start().await;
    let supabase = stack.supabase();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200_u32 {
        let supabase = supabase.clone();
        tasks.spawn(async move {
            let user_id = user(n % 50);
            let title = format!("{}", n / 50);
            let payload = AddTodo {
                user_id,
                owner_id: user_id,
                title: title.clone(),
            };
            add_todo::run(&supabase, payload).await.unwrap();
            let seen = list_todos::run(&supabase, As { user_id }).await.unwrap();
            assert!(seen.iter().all(|todo| todo.user_id == user_id), "{seen:?}");
            assert!(seen.iter().any(|todo| todo.title == title), "{seen:?}");
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    for n in 0..50 {
        let seen = list_todos::run(&supabase, As { user_id: user(n) })
            .await
            .unwrap();
        assert_eq!(seen.len(), 4);
    }
    stack.shutdown().await.unwrap();
}
