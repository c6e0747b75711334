//~ errors: 1
// The function and the task still exist after the mistake.

use supabase_task::prelude::*;

#[supabase_task(auth = "servce")]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(3)
}

pub async fn sweep_twice(supabase: &Supabase) -> TaskResult<u64> {
    Ok(sweep_todos::run(supabase, ()).await? + sweep_todos::run(supabase, ()).await?)
}

pub async fn sweep_with(supabase: ServiceClient) -> TaskResult<u64> {
    sweep_todos((), supabase).await
}

pub fn ids() -> [&'static str; 1] {
    fn id<T: Task>() -> &'static str {
        T::ID
    }
    [id::<sweep_todos>()]
}

fn main() {}
