//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn count_todos(_payload: (), supabase: ServiceClient) -> Option<u64> {
    drop(supabase);
    Some(3)
}

pub async fn print_count(supabase: &Supabase) -> TaskResult<()> {
    let count = count_todos::run(supabase, ()).await?;
    println!("{}", count.unwrap_or_default());
    Ok(())
}

fn main() {}
