//! Where a task's id comes from: its name, `id`, or its module if the function is called `run`.

use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;

mod lists {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "service", id = "lists/sweep")]
    pub async fn sweep(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
        Ok(())
    }
}

mod todos {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "service", id = "todos/sweep")]
    pub async fn sweep(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
        Ok(())
    }

    /// One task per module.
    pub mod send_digest {
        use supabase_task::prelude::*;

        #[supabase_task(auth = "service")]
        pub async fn run(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
            Ok(())
        }
    }
}

/// The module's plain name is the id.
mod r#type {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "service")]
    pub async fn run(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
        Ok(())
    }
}

#[supabase_task(auth = "service")]
async fn r#match(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(id = "todos.count-V2", auth = "service")]
async fn count(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

async fn call(supabase: &Supabase) -> TaskResult<()> {
    todos::send_digest::run::run(supabase, ()).await?;
    r#match::run(supabase, ()).await?;
    count::run(supabase, ()).await
}

fn main() {
    let _ = call;
    assert_eq!(lists::sweep::ID, "lists/sweep");
    assert_eq!(todos::sweep::ID, "todos/sweep");
    assert_eq!(todos::send_digest::run::ID, "send_digest");
    assert_eq!(r#type::run::ID, "type");
    assert_eq!(r#match::ID, "match");
    assert_eq!(count::ID, "todos.count-V2");
    assert_eq!(linked_tasks().count(), 6);
}
