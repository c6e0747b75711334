//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct DeleteUser {
    pub user_id: UserId,
}

#[supabase_task(auth = "service", user = payload.user_id)]
async fn delete_user(payload: DeleteUser, supabase: ServiceClient) -> TaskResult<()> {
    supabase
        .from("profiles")
        .delete()
        .eq("id", payload.user_id)
        .await?;
    Ok(())
}

fn main() {}
