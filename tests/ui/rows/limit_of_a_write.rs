//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    pub done: bool,
}

pub async fn first(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let deleted = supabase
        .table::<Todo>()
        .delete()
        .filter(Todo::done.eq(true))
        .returning()
        .limit(1)
        .rows()
        .await?;
    Ok(deleted)
}

fn main() {}
