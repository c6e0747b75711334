//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    id: i64,
    due: chrono::NaiveDate,
}

pub async fn due(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .table::<Todo>()
        .filter(Todo::due.lt("2026-12-01"))
        .rows()
        .await?;
    Ok(todos)
}

fn main() {}
