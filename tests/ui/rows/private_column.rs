//~ errors: 1

use supabase_task::prelude::*;

mod tables {
    use serde::Deserialize;
    use supabase_task::prelude::*;

    #[derive(Debug, Deserialize, Row)]
    pub struct Todo {
        pub id: i64,
        secret: String,
    }
}

use tables::Todo;

pub async fn todos(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .table::<Todo>()
        .filter(Todo::secret.eq("x"))
        .rows()
        .await?;
    Ok(todos)
}

fn main() {}
