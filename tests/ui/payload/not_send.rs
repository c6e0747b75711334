//~ errors: 3
// rustc reports the payload, for `Send` and for `Sync`, and the future that holds it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
    #[serde(skip)]
    pub cache: Rc<String>,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    println!("{}", payload.title);
    drop(supabase);
    Ok(())
}

fn main() {}
