//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub enum Mood {
    Happy,
    Sad,
}

pub async fn all(supabase: UserClient) -> TaskResult<Vec<Mood>> {
    Ok(supabase.table::<Mood>().rows().await?)
}

fn main() {}
