//! The payload can be destructured, mutable or ignored in the arguments.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
struct AddTodo {
    user_id: UserId,
    title: String,
}

#[supabase_task(auth = "user")]
async fn destructured(AddTodo { user_id, title }: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase
        .from("todos")
        .insert(&json!({ "user_id": user_id, "title": title }))
        .await?;
    Ok(())
}

#[supabase_task(auth = "user")]
async fn changed(mut payload: AddTodo, mut supabase: UserClient) -> TaskResult<()> {
    payload.title.make_ascii_uppercase();
    supabase = supabase.clone();
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

#[supabase_task(auth = "user")]
async fn ignored(_: AddTodo, _: UserClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "user", user = payload.user_id)]
async fn ignored_but_named(payload: AddTodo, _supabase: UserClient) -> TaskResult<()> {
    drop(payload);
    Ok(())
}

/// A destructured tuple.
#[supabase_task(auth = "service")]
async fn tuple((list, keep): (String, u32), supabase: ServiceClient) -> TaskResult<()> {
    supabase
        .from("todos")
        .delete()
        .eq("list", list)
        .gt("position", keep)
        .await?;
    Ok(())
}

fn main() {
    assert_eq!(destructured::ID, "destructured");
    let user_id: UserId = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse().unwrap();
    let payload = AddTodo {
        user_id,
        title: String::new(),
    };
    assert_eq!(destructured::identity(&payload), user_id);
    assert_eq!(changed::identity(&payload), user_id);
    assert_eq!(ignored::identity(&payload), user_id);
    assert_eq!(ignored_but_named::identity(&payload), user_id);
    assert_eq!(tuple::ID, "tuple");
}
