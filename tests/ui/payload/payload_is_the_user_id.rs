//~ errors: 1
// The user id alone can be a payload, but it has no field: it needs `user = user_id`.

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
