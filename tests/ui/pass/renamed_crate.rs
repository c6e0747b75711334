//! The crate under another name: the reverse of `supabase_task = { package = "supabase-task", … }`.

extern crate supabase_task as renamed;
// Hides the old name, so that nothing in the expansion can use it.
extern crate uuid as supabase_task;

use renamed::prelude::*;
use serde::{Deserialize, Serialize};

mod framework {
    pub use renamed::*;
}

#[derive(Serialize, Deserialize)]
struct AddTodo {
    user_id: supabase_task::Uuid,
}

#[supabase_task(auth = "user", crate = ::renamed)]
async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

#[supabase_task(auth = "service", crate = crate::framework)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {
    assert_eq!((add_todo::ID, sweep_todos::ID), ("add_todo", "sweep_todos"));
    assert_eq!(renamed::task::linked_tasks().count(), 2);
}
