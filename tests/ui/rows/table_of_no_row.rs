//~ errors: 2

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize)]
pub struct Todo {
    pub id: i64,
}

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().rows().await?)
}

fn main() {}
