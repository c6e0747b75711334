//~ errors: 1
// A user-defined argument cannot smuggle the service client in either.

use supabase_task::auth::User;
use supabase_task::prelude::*;
use supabase_task::task::{FromTask, TaskRequest};

pub struct Admin(pub ServiceClient);

impl FromTask<User> for Admin {
    async fn from_task(request: &TaskRequest<User>) -> TaskResult<Self> {
        Ok(Self(request.client().clone()))
    }
}

fn main() {}
