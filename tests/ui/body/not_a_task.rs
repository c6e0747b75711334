//~ errors: 1

use supabase_task::prelude::*;

fn id<T: Task>() -> &'static str {
    T::ID
}

#[allow(non_camel_case_types)]
pub struct sweep_todos {}

pub fn sweep_id() -> &'static str {
    id::<sweep_todos>()
}

fn main() {}
