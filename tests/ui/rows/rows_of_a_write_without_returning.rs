//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::client::{InsertRow, UpdateRow};
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    pub id: i64,
    pub title: String,
    pub done: bool,
    pub note: Option<String>,
    pub tags: Vec<String>,
}

#[derive(Debug, Deserialize, Row)]
pub struct Person {
    pub id: i64,
    pub name: String,
}

#[derive(Serialize)]
pub struct NewPerson {
    pub name: String,
}

impl InsertRow for NewPerson {
    type Row = Person;
}

impl UpdateRow for NewPerson {
    type Row = Person;
}

pub async fn todos(supabase: UserClient) -> TaskResult<Person> {
    let new = NewPerson { name: "Ada".into() };
    Ok(supabase.table::<Person>().insert(&new).single().await?)
}

fn main() {}
