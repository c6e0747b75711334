//! Function calls.

use serde_json::{Value, json};
use supabase_task::client::Order;

use crate::calls::Calls;

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    calls.call("rpc-no-args", |c| c.user.rpc("hello", ()));
    calls.call("rpc-args", |c| {
        let arguments = json!({ "say": "a \"b\" é", "n": 1, "list": [1, 2], "obj": { "a": null } });
        c.user.rpc("echo", &arguments)
    });
    calls.call("rpc-get-array", |c| {
        c.user.rpc("sum", json!({ "list": [1, 2, 3] })).get()
    });
    calls.call("rpc-get-undefined", |c| {
        c.user.rpc("echo", json!({ "say": "a" })).get()
    });
    calls.call("rpc-head", |c| {
        c.user.rpc("echo", json!({ "say": "a" })).head()
    });
    calls.call("rpc-count", |c| {
        c.user.rpc("list_todos", json!({})).with_count::<Value>()
    });
    calls.rows("rpc-filters", |c| {
        let todos = c.user.rpc("list_todos", ()).select("id, title");
        todos.eq("done", false).order("id", Order::asc()).limit(3)
    });
    calls.call("rpc-single", |c| {
        c.user.rpc("get_todo", json!({ "id": 1 })).single::<Value>()
    });
    calls.call("rpc-schema-get", |c| {
        c.user.schema("private").rpc("f", json!({ "a": 1 })).get()
    });
    calls.call("rpc-maxAffected", |c| {
        c.user.rpc("f", json!({ "a": 1 })).max_affected(2)
    });
    calls.call("rpc-bigint", |c| {
        c.user.rpc("f", json!({ "a": "9007199254740993" }))
    });
    calls
}
