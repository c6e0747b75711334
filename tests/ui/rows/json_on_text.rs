//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    pub title: String,
    pub done: bool,
    pub note: Option<String>,
    pub tags: Vec<String>,
}

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .table::<Todo>()
        .filter(Todo::title.contains_json(&json!({})))
        .rows()
        .await?;
    Ok(todos)
}

fn main() {}
