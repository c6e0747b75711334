//~ errors: 4

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
#[row(tabel = "todos", table = "")]
pub struct Todo {
    pub id: i64,
    #[row(colum = "created_at")]
    pub created: String,
    #[row(embed, cast = "text")]
    pub items: Vec<Item>,
}

#[derive(Debug, Deserialize, Row)]
pub struct Item {
    pub sku: String,
}

pub async fn open(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase.table::<Todo>().filter(Todo::id.eq(1)).rows().await?)
}

fn main() {}
