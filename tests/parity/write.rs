//! Writes.

use serde_json::{Value, json};
use supabase_task::client::{Count, Is, Table};

use crate::calls::Calls;
use crate::clients::Clients;

fn t(clients: &Clients) -> Table {
    clients.user.from("t")
}

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    inserts(&mut calls);
    upserts(&mut calls);
    changes(&mut calls);
    calls
}

fn inserts(calls: &mut Calls) {
    let rows = [
        (
            "insert-one",
            json!({ "title": "a", "n": 1, "ok": true, "nothing": null }),
        ),
        (
            "insert-many-odd-columns",
            json!([{ "my col": 1, "x,y": 2, "日": 3 }]),
        ),
        ("insert-many-empty", json!([])),
        ("insert-empty-object", json!({})),
        ("insert-bigint", json!({ "a": "9007199254740993" })),
        (
            "insert-nested-json",
            json!({ "meta": { "a": [1, { "b": "é\"\\" }] }, "tags": ["a", "b"] }),
        ),
    ];
    for (name, rows) in rows {
        calls.call(name, move |c| t(c).insert(&rows));
    }
    calls.call("insert-select-columns-single", |c| {
        t(c).insert(json!({ "a": 1 }))
            .select("id, a")
            .single::<Value>()
    });
    calls.call("insert-count", |c| {
        t(c).insert(json!({ "a": 1 })).count(Count::Exact)
    });
    calls.call("insert-default-missing", |c| {
        t(c).insert(json!([{ "a": 1 }, { "b": 2 }]))
            .default_to_null(false)
    });
}

fn upserts(calls: &mut Calls) {
    calls.call("upsert-one", |c| t(c).upsert(json!({ "id": 1, "a": 2 })));
    calls.call("upsert-ignore", |c| {
        let upsert = t(c).upsert(json!([{ "id": 1 }, { "id": 2, "a": 3 }]));
        upsert.on_conflict("id").ignore_duplicates()
    });
    calls.rows("upsert-all-options", |c| {
        let upsert = t(c).upsert(json!([{ "id": 1 }])).on_conflict("id");
        upsert
            .count(Count::Exact)
            .default_to_null(false)
            .select("id")
    });
}

fn changes(calls: &mut Calls) {
    calls.call("update", |c| t(c).update(json!({ "a": 1 })).eq("id", 2));
    calls.call("update-count", |c| {
        t(c).update(json!({ "a": 1 }))
            .count(Count::Exact)
            .gt("id", 2)
    });
    calls.call("update-maxAffected", |c| {
        t(c).update(json!({ "a": 1 })).eq("id", 2).max_affected(1)
    });
    calls.call("update-null", |c| {
        t(c).update(json!({ "a": null })).is("b", Is::Null)
    });
    calls.call("delete", |c| t(c).delete().eq("id", 2));
    calls.call("delete-select-single", |c| {
        t(c).delete().eq("id", 2).select("id").single::<Value>()
    });
    calls.call("delete-count", |c| {
        t(c).delete().in_("id", [1, 2]).affected_rows()
    });
    calls.call("delete-inject", |c| {
        t(c).delete().eq("title", "x#").eq("owner", "me")
    });
}
