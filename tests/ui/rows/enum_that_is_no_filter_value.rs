//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, PartialEq)]
pub enum Mood {
    Happy,
    Sad,
}

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    pub mood: Mood,
}

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .table::<Todo>()
        .filter(Todo::mood.eq(Mood::Happy))
        .rows()
        .await?;
    Ok(todos)
}

fn main() {}
