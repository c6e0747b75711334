//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo<T> {
    pub id: i64,
    pub meta: T,
}

pub async fn all(supabase: UserClient) -> TaskResult<Vec<Todo<String>>> {
    Ok(supabase.table::<Todo<String>>().rows().await?)
}

fn main() {}
