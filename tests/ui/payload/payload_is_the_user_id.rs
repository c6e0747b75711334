//~ errors: 1
// The user id alone is a payload too, but it has no field: `user = user_id` says so.

use supabase_task::prelude::*;

#[supabase_task(auth = "user")]
pub async fn list_todos(user_id: UserId, supabase: UserClient) -> TaskResult<()> {
    supabase
        .from("todos")
        .delete()
        .eq("user_id", user_id)
        .await?;
    Ok(())
}

fn main() {}
