//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    #[row(embed)]
    pub items: Vec<Item>,
}

#[derive(Debug, Deserialize, Row)]
pub struct Item {
    pub sku: String,
}

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().order(Todo::items.asc()).rows().await?)
}

fn main() {}
