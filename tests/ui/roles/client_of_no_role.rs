//~ errors: 1

use supabase_task::prelude::*;

pub struct Reporter;

pub fn call(supabase: Supabase) {
    let _ = supabase.role_client::<Reporter>(None);
}

fn main() {}
