//! Values that a careless client would fail to escape: they are written and found again, and
//! nothing else is found.

use serde_json::Value;
use supabase_task::prelude::*;
use supabase_task_tests::{start, user};

use crate::tasks::Todo;

const VALUES: &[&str] = &[
    "plain",
    "two words",
    " leading and trailing ",
    "",
    "null",
    "a+b%2Bc%",
    "a&user_id=neq.x",
    "a#b?c=d",
    "a,b",
    "(a)",
    "\"quoted\"",
    "back\\slash\\",
    "x\",\"y",
    "x\\\",y",
    "{a,b}",
    "eq.a",
    "line\nbreak\ttab",
    "ünïcödé 🦀",
    "'; drop table todos; --",
];

#[tokio::test]
async fn every_value_is_found_again_by_eq_and_by_in() {
    let stack = start().await;
    let service = stack.supabase().service_client().unwrap();
    let rows: Vec<Value> = VALUES
        .iter()
        .map(|title| json!({ "user_id": user(1), "title": title }))
        .collect();
    service.from("todos").insert(&rows).await.unwrap();

    for value in VALUES {
        let todos = || service.from("todos").select("user_id,title");
        let by_eq = todos().eq("title", *value).rows::<Todo>().await.unwrap();
        let by_in = todos().in_("title", [*value]).rows::<Todo>().await.unwrap();
        let expected = [Todo {
            user_id: user(1),
            title: (*value).to_owned(),
        }];
        assert_eq!(by_eq, expected, "eq {value:?}");
        assert_eq!(by_in, expected, "in {value:?}");
    }
    let all = service
        .from("todos")
        .select("*")
        .in_("title", VALUES.iter().copied());
    assert_eq!(all.head().await.unwrap(), VALUES.len() as u64);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_page_of_rows_comes_with_the_count_of_all() {
    let stack = start().await;
    let service = stack.supabase().service_client().unwrap();
    let rows: Vec<Value> = (0..25)
        .map(|n| json!({ "user_id": user(1), "title": format!("{n:02}") }))
        .collect();
    service.from("todos").insert(&rows).await.unwrap();

    let page = service
        .from("todos")
        .select("user_id,title")
        .order("title", supabase_task::client::Order::desc())
        .range(5, 9)
        .with_count::<Todo>()
        .await
        .unwrap();

    let titles: Vec<_> = page.rows.iter().map(|todo| todo.title.as_str()).collect();
    assert_eq!(titles, ["19", "18", "17", "16", "15"]);
    assert_eq!(page.count, 25);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn one_row_none_and_several_are_told_apart() {
    let stack = start().await;
    let service = stack.supabase().service_client().unwrap();
    let row = |title: &str| json!({ "user_id": user(1), "title": title });
    service
        .from("todos")
        .insert(&[row("a"), row("b"), row("b")])
        .await
        .unwrap();
    let titled = |title: &'static str| {
        service
            .from("todos")
            .select("user_id,title")
            .eq("title", title)
    };

    assert_eq!(titled("a").single::<Todo>().await.unwrap().title, "a");
    assert!(
        titled("c")
            .single::<Todo>()
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(titled("b").single::<Todo>().await.is_err());
    assert!(titled("a").maybe_single::<Todo>().await.unwrap().is_some());
    assert!(titled("c").maybe_single::<Todo>().await.unwrap().is_none());
    assert!(titled("b").maybe_single::<Todo>().await.is_err());
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn writes_say_how_many_rows_and_never_take_all_by_accident() {
    let stack = start().await;
    let service = stack.supabase().service_client().unwrap();
    let row = |title: &str| json!({ "user_id": user(1), "title": title });
    service
        .from("todos")
        .insert(&[row("a"), row("b"), row("c")])
        .await
        .unwrap();

    let done = service
        .from("todos")
        .update(json!({ "done": true }))
        .in_("title", ["a", "b"]);
    assert_eq!(done.affected_rows().await.unwrap(), 2);

    let error = service.from("todos").delete().await.unwrap_err();
    assert!(error.to_string().contains("all_rows"), "{error}");
    assert_eq!(service.from("todos").select("*").head().await.unwrap(), 3);

    assert_eq!(
        service
            .from("todos")
            .delete()
            .all_rows()
            .affected_rows()
            .await
            .unwrap(),
        3
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn upsert_replaces_what_is_there() {
    let stack = start().await;
    stack
        .execute("create table public.plans (name text primary key, price int)")
        .await
        .unwrap();
    let service = stack.supabase().service_client().unwrap();
    let plans = || service.from("plans");
    plans()
        .insert(json!({ "name": "pro", "price": 10 }))
        .await
        .unwrap();

    plans()
        .upsert(json!({ "name": "pro", "price": 12 }))
        .on_conflict("name")
        .await
        .unwrap();
    let kept = plans()
        .upsert(json!({ "name": "pro", "price": 99 }))
        .ignore_duplicates();
    kept.await.unwrap();

    let rows = plans().select("price").rows::<Value>().await.unwrap();
    assert_eq!(rows, [json!({ "price": 12 })]);
    let conflict = plans().insert(json!({ "name": "pro" })).await.unwrap_err();
    assert!(conflict.is_conflict(), "{conflict}");
    stack.shutdown().await.unwrap();
}
