//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct SendMail {
    pub team: String,
}

#[supabase_task(auth = "service", queue = "mail", concurrency_key = supabase)]
async fn send_mail(payload: SendMail, supabase: ServiceClient) -> TaskResult<()> {
    supabase.rpc("send_mail", &json!({ "team": payload.team })).await?;
    Ok(())
}

fn main() {}
