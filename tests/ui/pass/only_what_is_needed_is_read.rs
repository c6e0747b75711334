//! A program with one user task never reads a variable of the service role.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
struct AddTodo {
    user_id: UserId,
}

#[supabase_task(auth = "user")]
async fn add_todo(_payload: AddTodo, _supabase: UserClient) -> TaskResult<()> {
    Ok(())
}

fn main() {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked_for);
    let built = Supabase::builder()
        .read_variables(move |name| {
            record.lock().unwrap().push(name.to_owned());
            match name {
                "SUPABASE_URL" => Some("http://127.0.0.1:54321".to_owned()),
                "SUPABASE_PUBLISHABLE_KEY" => Some("sb_publishable_abc".to_owned()),
                "SUPABASE_JWT_SECRET" => Some("a-secret-of-at-least-thirty-two-characters".to_owned()),
                _ => None,
            }
        })
        .build();

    let supabase = built.expect("all that a user task needs is there");
    let asked_for = asked_for.lock().unwrap().join(" ");
    assert!(asked_for.contains("SUPABASE_JWT_SECRET"), "{asked_for}");
    assert!(!asked_for.contains("SERVICE") && !asked_for.contains("SECRET_KEY"), "{asked_for}");
    let error = supabase.service_client().expect_err("there is no service key").to_string();
    assert!(error.contains("AuthKind::Service"), "{error}");
}
