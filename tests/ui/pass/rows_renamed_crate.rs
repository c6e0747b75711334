//! `#[derive(Row)]` with the crate under another name.

extern crate supabase_task as renamed;
// Hides the old name, so that nothing in the expansion can use it.
extern crate uuid as supabase_task;

use renamed::Row;
use serde::Deserialize;

mod framework {
    pub use renamed::*;
}

#[derive(Deserialize, Row)]
#[row(crate = ::renamed)]
struct Todo {
    id: supabase_task::Uuid,
    #[row(embed)]
    items: Vec<Item>,
}

#[derive(Deserialize, Row)]
#[row(table = "parts", crate = crate::framework)]
struct Item {
    sku: String,
}

fn main() {
    assert_eq!((Todo::TABLE, Todo::SELECT), ("todos", "id,items(sku)"));
    assert_eq!((Item::TABLE, Item::SELECT), ("parts", "sku"));
    let row = r#"{"id":"00000000-0000-0000-0000-000000000000","items":[{"sku":"a"}]}"#;
    let todo: Todo = serde_json::from_str(row).unwrap();
    assert_eq!((todo.id.is_nil(), todo.items[0].sku.as_str()), (true, "a"));
}
