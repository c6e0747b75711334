//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct SignUp {
    pub user_id: UserId,
}

#[supabase_task(auth = "anon", user = payload.user_id)]
async fn sign_up(payload: SignUp, supabase: AnonClient) -> TaskResult<()> {
    supabase.from("newcomers").insert(&payload).await?;
    Ok(())
}

fn main() {}
