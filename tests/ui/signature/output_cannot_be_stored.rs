//~ errors: 1
// `Todo` does not derive `Serialize`.

use supabase_task::prelude::*;

pub struct Todo {
    pub title: String,
}

#[supabase_task(auth = "service")]
pub async fn first_todo(_payload: (), supabase: ServiceClient) -> TaskResult<Todo> {
    drop(supabase);
    Ok(Todo {
        title: String::from("water the plants"),
    })
}

fn main() {}
