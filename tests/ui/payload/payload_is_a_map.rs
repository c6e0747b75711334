//~ errors: 1

use std::collections::HashMap;

use supabase_task::prelude::*;

#[supabase_task(auth = "user")]
pub async fn add_todos(titles: HashMap<String, String>, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&titles).await?;
    Ok(())
}

fn main() {}
