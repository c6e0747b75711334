//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    pub title: String,
}

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().embedded(Todo::title, |title| title.limit(1)).rows().await?)
}

fn main() {}
