//! State, context, an alias of the client, and user-defined arguments.

use serde::{Deserialize, Serialize};
use supabase_task::auth::AuthMode;
use supabase_task::prelude::*;
use supabase_task::task::{FromTask, TaskRequest};

#[derive(Serialize, Deserialize)]
struct AddTodo {
    user_id: UserId,
    title: String,
}

#[derive(Clone)]
struct Db {
    pool: &'static str,
}

type Client = UserClient;

/// A user-defined argument, in every mode: the client of the task's identity.
struct Todos<M: AuthMode>(supabase_task::Client<M>);

impl<M: AuthMode> FromTask<M> for Todos<M> {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(Self(request.client().clone()))
    }
}

#[supabase_task(auth = "user")]
async fn with_state(
    payload: AddTodo,
    supabase: UserClient,
    State(db): State<Db>,
) -> TaskResult<&'static str> {
    supabase.from("todos").insert(&payload).await?;
    Ok(db.pool)
}

#[supabase_task(auth = "user")]
async fn in_another_order(
    payload: AddTodo,
    ctx: TaskContext,
    state: State<Db>,
    supabase: Client,
) -> TaskResult<String> {
    supabase.from("todos").insert(&payload).await?;
    Ok(format!("{} {}", ctx.attempt(), state.pool))
}

/// The client is inside the argument, which is enough.
#[supabase_task(auth = "user")]
async fn through_an_argument(payload: AddTodo, Todos(todos): Todos<User>) -> TaskResult<()> {
    todos.from("todos").insert(&payload).await?;
    Ok(())
}

use supabase_task::auth::User;

fn main() {
    let tasks = supabase_task::task::linked_tasks();
    let mut ids: Vec<_> = tasks.map(|task| task.id()).collect();
    ids.sort();
    assert_eq!(
        ids,
        ["in_another_order", "through_an_argument", "with_state"]
    );
}
