//! The requests that are compared.

use reqwest::Method;
use serde_json::{Value, json};
use supabase_task_tests::user;

/// The identity that sends a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identity {
    Service,
    User,
    Anon,
}

/// A request, and the status of PostgREST's response.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) identity: Identity,
    pub(super) prefer: Option<&'static str>,
    pub(super) accept: Option<&'static str>,
}

impl Request {
    fn new(method: Method, path: &'static str, status: u16, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            status,
            body,
            identity: Identity::Service,
            prefer: None,
            accept: None,
        }
    }

    fn by(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    fn prefer(self, prefer: &'static str) -> Self {
        let prefer = Some(prefer);
        Self { prefer, ..self }
    }

    fn single(self) -> Self {
        let accept = Some("application/vnd.pgrst.object+json");
        Self { accept, ..self }
    }
}

fn get(status: u16, path: &'static str) -> Request {
    Request::new(Method::GET, path, status, None)
}

fn post(status: u16, path: &'static str, body: Value) -> Request {
    Request::new(Method::POST, path, status, Some(body))
}

fn patch(status: u16, path: &'static str, body: Value) -> Request {
    Request::new(Method::PATCH, path, status, Some(body))
}

fn delete(status: u16, path: &'static str) -> Request {
    Request::new(Method::DELETE, path, status, None)
}

/// In this order: the writes come last and build on each other.
pub(super) fn requests() -> Vec<Request> {
    let mut requests = reads();
    requests.extend(calls());
    requests.extend(writes());
    requests
}

fn reads() -> Vec<Request> {
    let count = "count=exact";
    vec![
        // Every type as JSON.
        get(200, "/todos?order=id"),
        // Filters.
        get(200, "/todos?select=id&title=eq.wash,+dry"),
        get(200, "/todos?select=id&title=eq.back%5Cslash"),
        get(200, "/todos?select=id&title=neq.Sweep&order=id"),
        get(200, "/todos?select=id&priority=gt.1&order=id"),
        get(200, "/todos?select=id&price=gte.1.5&price=lte.20&order=id"),
        get(200, "/todos?select=id&due=lt.2026-01-02"),
        get(200, "/todos?select=id&reminder=eq.2026-02-03T02:05:06Z"),
        get(200, "/todos?select=id,title&title=like.*as*"),
        get(200, "/todos?select=id,title&title=ilike.s%25"),
        get(
            200,
            "/todos?select=id&title=in.(%22wash,+dry%22,%22call+%5C%22Zo%C3%AB%5C%22%22)&order=id",
        ),
        get(200, "/todos?select=id&id=in.()"),
        get(200, "/todos?select=id&priority=is.null"),
        get(200, "/todos?select=id&done=is.true&order=id"),
        get(200, "/todos?select=id&done=not.is.true&order=id"),
        get(200, "/todos?select=id&tags=cs.%7Bfloor%7D&order=id"),
        get(200, "/todos?select=id&data-%3E%3En=eq.10"),
        get(200, "/todos?select=id,name:data-%3Eby-%3E%3Ename&order=id"),
        get(
            200,
            "/todos?select=id&or=(priority.eq.3,title.eq.Sweep)&order=id",
        ),
        get(200, "/todos?select=id,price::text&order=id"),
        // Order, and where nulls go.
        get(200, "/todos?select=id&order=priority.desc.nullslast,id"),
        get(
            200,
            "/todos?select=id&order=priority.asc.nullsfirst,id.desc",
        ),
        // Pages and counts.
        get(200, "/todos?select=id&order=id&limit=2&offset=1"),
        get(206, "/todos?select=id&order=id&limit=2").prefer(count),
        get(200, "/todos?select=id&order=id").prefer(count),
        get(200, "/todos?select=id&id=eq.0").prefer(count),
        get(200, "/todos?select=id&limit=0"),
        // One row, none, and several.
        get(200, "/todos?select=title&id=eq.1").single(),
        get(406, "/todos?select=title&id=eq.0").single(),
        get(406, "/todos?select=title&done=is.true").single(),
        // Related rows.
        get(
            200,
            "/lists?select=name,todos(id,title)&order=id&todos.order=id",
        ),
        get(200, "/todos?select=id,lists(name)&order=id"),
        get(
            200,
            "/todos?select=id,lists!inner(name)&lists.name=eq.work&order=id",
        ),
        get(200, "/open_todos?order=id"),
        // Row Level Security.
        get(200, "/notes").by(Identity::User),
        get(200, "/notes").by(Identity::Anon),
        // Requests that PostgREST and PostgreSQL refuse.
        get(404, "/no_such_table"),
        get(400, "/todos?select=no_such_column"),
        get(400, "/todos?select=id&id=eq.abc"),
        get(400, "/todos?select=id&ref=eq.abc"),
        get(400, "/lists?select=name,plans(*)"),
    ]
}

fn calls() -> Vec<Request> {
    vec![
        post(200, "/rpc/add", json!({ "a": 1, "b": 2 })),
        get(200, "/rpc/add?a=1&b=2"),
        post(200, "/rpc/todos_of?select=id,title", json!({ "list": 1 })),
        post(
            200,
            "/rpc/todos_of?select=title&id=eq.1",
            json!({ "list": 1 }),
        )
        .single(),
        post(204, "/rpc/nothing", json!({})),
        post(400, "/rpc/fail", json!({})),
        post(404, "/rpc/add", json!({ "a": 1 })),
        post(400, "/rpc/add", json!({ "a": "one", "b": 2 })),
        post(404, "/rpc/no_such_function", json!({})),
    ]
}

fn writes() -> Vec<Request> {
    let rows = "return=representation";
    let merge = "resolution=merge-duplicates,return=representation";
    let ignore = "resolution=ignore-duplicates,return=representation";
    let pro = |price: i32| json!({ "name": "pro", "price": price });
    let note = |n: u32| json!({ "user_id": user(n), "body": "of mine" });
    vec![
        post(201, "/plans", pro(10)),
        post(
            201,
            "/plans?select=price",
            json!([{ "name": "free", "price": 0 }]),
        )
        .prefer(rows),
        post(409, "/plans", pro(11)),
        post(400, "/plans", json!({ "name": "minus", "price": -1 })),
        post(400, "/plans", json!({ "name": "none", "price": null })),
        post(
            400,
            "/plans",
            json!({ "name": "none", "no_such_column": 1 }),
        ),
        post(200, "/plans?on_conflict=name", pro(12)).prefer(merge),
        post(201, "/plans?on_conflict=name", pro(13)).prefer(ignore),
        get(200, "/plans?order=name"),
        post(
            409,
            "/todos",
            json!({ "list_id": 99, "title": "of no list" }),
        ),
        post(
            201,
            "/todos?columns=title,data",
            json!([{ "title": "x", "data": { "a": [1, null] } }]),
        )
        .prefer(rows),
        patch(
            200,
            "/todos?list_id=eq.1&select=id,done&order=id",
            json!({ "done": true }),
        )
        .prefer("return=representation,count=exact"),
        patch(204, "/todos?id=eq.0", json!({ "done": true })),
        patch(
            200,
            "/todos?id=eq.1&select=title",
            json!({ "title": "one" }),
        )
        .prefer(rows)
        .single(),
        delete(204, "/todos?list_id=eq.2"),
        delete(200, "/todos?id=eq.1&select=id").prefer(rows),
        delete(409, "/lists?id=eq.1"),
        get(200, "/todos?select=id,title,done&order=id").prefer("count=exact"),
        // Row Level Security.
        post(201, "/notes", note(1)).by(Identity::User).prefer(rows),
        post(403, "/notes", note(2)).by(Identity::User),
        post(401, "/notes", note(1)).by(Identity::Anon),
        patch(200, "/notes", json!({ "body": "changed" }))
            .by(Identity::User)
            .prefer(rows),
    ]
}
