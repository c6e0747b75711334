//~ errors: 1

use supabase_task::prelude::*;

pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    println!("{}", payload.title);
    drop(supabase);
    Ok(())
}

pub async fn add_first(supabase: &Supabase, user_id: UserId) -> TaskResult<()> {
    add_todo::run(
        supabase,
        AddTodo {
            user_id,
            title: String::from("water the plants"),
        },
    )
    .await
}

fn main() {}
