//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn sweep_todos(
    _payload: (),
    supabase: ServiceClient,
    #[cfg(debug_assertions)] ctx: TaskContext,
) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    #[cfg(debug_assertions)]
    println!("{}", ctx.run_id());
    Ok(())
}

fn main() {}
