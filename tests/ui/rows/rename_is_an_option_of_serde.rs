//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    #[row(rename = "created_at")]
    pub created: String,
}

pub async fn open(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().filter(Todo::id.eq(1)).rows().await?)
}

fn main() {}
