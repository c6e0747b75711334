//~ errors: 1

use supabase_task::auth::User;
use supabase_task::prelude::*;
use supabase_task::task::TaskRequest;

pub fn request(client: UserClient, context: TaskContext) -> TaskRequest<User> {
    TaskRequest { client, context }
}

fn main() {}
