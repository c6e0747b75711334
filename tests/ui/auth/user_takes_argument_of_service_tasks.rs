//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::auth::Service;
use supabase_task::prelude::*;
use supabase_task::task::{FromTask, TaskRequest};

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

pub struct Admin(pub ServiceClient);

impl FromTask<Service> for Admin {
    async fn from_task(request: &TaskRequest<Service>) -> TaskResult<Self> {
        Ok(Self(request.client().clone()))
    }
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: Admin) -> TaskResult<()> {
    drop((payload, supabase));
    Ok(())
}

fn main() {}
