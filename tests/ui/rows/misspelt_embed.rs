//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    #[row(embeded)]
    pub items: Vec<Item>,
}

#[derive(Debug, Deserialize, Row)]
pub struct Item {
    pub sku: String,
}

pub async fn first(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().embedded(Todo::items, |items| items.limit(1)).rows().await?)
}

fn main() {}
