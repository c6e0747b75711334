//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo<'a> {
    pub id: i64,
    pub title: &'a str,
}

fn main() {}
