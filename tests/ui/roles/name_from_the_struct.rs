//~ errors: 1

use supabase_task::prelude::*;

/// Its name would be `service_role`.
#[derive(DatabaseRole)]
pub struct ServiceRole;

fn main() {}
