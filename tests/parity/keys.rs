//! Which key is sent in which header.

use crate::calls::Calls;

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    calls.rows("key-service", |c| c.admin.from("t").select("id"));
    calls.rows("key-publishable-rest", |c| {
        c.publishable.from("t").select("id")
    });
    calls.rows("key-secret-rest", |c| c.secret.from("t").select("id"));
    calls
}
