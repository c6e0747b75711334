//! The claims of a Supabase Auth token and of a run, as a program would write them by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct Claims<'a> {
    sub: &'static str,
    iss: &'a str,
    aud: &'static str,
    role: &'static str,
    email: &'static str,
    phone: &'static str,
    app_metadata: Empty,
    user_metadata: Empty,
    aal: &'static str,
    is_anonymous: bool,
    iat: u64,
    exp: u64,
    supabase_task: Run,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Run {
    id: &'static str,
    run_id: Uuid,
}

impl<'a> Claims<'a> {
    pub(crate) fn new(iss: &'a str, user: &'static str, task: &'static str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a time after 1970").as_secs();
        Self {
            sub: user,
            iss,
            aud: "authenticated",
            role: "authenticated",
            email: "",
            phone: "",
            app_metadata: Empty {},
            user_metadata: Empty {},
            aal: "aal1",
            is_anonymous: false,
            iat: now - 10,
            exp: now + 3600,
            supabase_task: Run {
                id: task,
                run_id: Uuid::now_v7(),
            },
        }
    }
}
