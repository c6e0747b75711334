//! `payload.user_id` may be a plain `uuid::Uuid`, and any path may name the payload's type.

use supabase_task::prelude::*;

mod payloads {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub struct AddTodo {
        pub user_id: uuid::Uuid,
    }

    #[derive(Serialize, Deserialize)]
    pub struct For<T> {
        pub user_id: uuid::Uuid,
        pub what: T,
    }
}

#[supabase_task(auth = "user")]
async fn add_todo(payload: payloads::AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

/// A generic payload is fine if the task names its arguments.
#[supabase_task(auth = "user")]
async fn add_titled(payload: payloads::For<String>, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {
    let user_id = uuid::Uuid::from_u128(7);
    assert_eq!(
        add_todo::identity(&payloads::AddTodo { user_id }),
        user_id.into()
    );
    let payload = payloads::For {
        user_id,
        what: String::new(),
    };
    assert_eq!(add_titled::identity(&payload), user_id.into());
}
