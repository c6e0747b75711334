//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    #[row(primary_key)]
    pub key: i64,
}

pub async fn open(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().filter(Todo::id.eq(1)).rows().await?)
}

fn main() {}
