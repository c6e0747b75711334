//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn sweep_todos(
    _payload: (),
    supabase: ServiceClient,
    report: impl Fn(&str),
) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    report("swept");
    Ok(())
}

fn main() {}
