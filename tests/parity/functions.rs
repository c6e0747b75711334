//! Edge Functions.

use serde_json::json;
use supabase_task::client::{FunctionMethod, Invoke};

use crate::calls::Calls;
use crate::clients::Clients;

fn hello(clients: &Clients) -> Invoke {
    clients.user.functions().invoke("hello")
}

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    calls.call("fn-no-body", hello);
    calls.call("fn-text", |c| hello(c).text("plain é"));
    calls.call("fn-bytes", |c| hello(c).bytes(vec![1, 2, 255]));
    calls.call("fn-get", |c| hello(c).method(FunctionMethod::Get));
    calls.call("fn-headers", |c| {
        hello(c)
            .json(&json!({ "a": 1 }))
            .header("x-a", "b")
            .header("content-type", "application/vnd.x+json")
    });
    calls.call("fn-subpath-query", |c| {
        let world = c.user.functions().invoke("hello/world?x=a b");
        world.method(FunctionMethod::Delete)
    });
    calls.call("key-secret-functions", |c| {
        c.secret.functions().invoke("hello")
    });
    calls
}
