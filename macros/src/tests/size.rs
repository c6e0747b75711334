//! Absurdly large sources: they end in an error, quickly, and on the small stack of a test's
//! thread.

use std::time::{Duration, Instant};

use super::{count_errors, expand_source};

/// Expands the source and counts the errors.
#[track_caller]
fn errors_of(attribute: &str, item: &str) -> usize {
    let begin = Instant::now();
    let expanded = expand_source(attribute, item);
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "it took too long"
    );
    count_errors(&expanded)
}

fn task(payload: &str) -> String {
    format!("async fn add(payload: {payload}, supabase: UserClient) -> TaskResult<()> {{ Ok(()) }}")
}

fn nested(open: &str, inner: &str, close: &str) -> String {
    [&*open.repeat(2_000), inner, &*close.repeat(2_000)].concat()
}

#[test]
fn brackets_in_brackets_are_one_error() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] {
        let user = nested(open, "payload.user_id", close);
        let attribute = format!(r#"auth = "user", user = {user}"#);
        assert_eq!(errors_of(&attribute, &task("AddTodo")), 1, "{open}");
        let attribute = format!(r#"auth = "user", retry{user}"#);
        assert_eq!(errors_of(&attribute, &task("AddTodo")), 1, "retry{open}");
    }
    assert_eq!(errors_of(&nested("(", "auth", ")"), &task("AddTodo")), 1);
}

#[test]
fn types_in_types_are_one_error() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("Vec<", ">"),
        ("Pair<u8, ", ">"),
        ("Fn(", ")"),
    ] {
        let ty = nested(open, "u8", close);
        assert_eq!(errors_of(r#"auth = "user""#, &task(&ty)), 1, "{open}");
    }
}

#[test]
fn long_expressions_and_types_are_one_error() {
    for (prefix, suffix) in [
        ("&", ""),
        ("!", ""),
        ("-", ""),
        ("*", ""),
        ("", ".a"),
        ("", "?"),
        ("", "()"),
        ("", " + 1"),
        ("|| ", ""),
    ] {
        let user = [&*prefix.repeat(2_000), "payload", &*suffix.repeat(2_000)].concat();
        let attribute = format!(r#"auth = "user", user = {user}"#);
        assert_eq!(
            errors_of(&attribute, &task("AddTodo")),
            1,
            "{prefix}…{suffix}"
        );
    }
    for prefix in ["&", "*const ", "fn() -> ", "a::"] {
        let ty = [&*prefix.repeat(2_000), "u8"].concat();
        assert_eq!(errors_of(r#"auth = "user""#, &task(&ty)), 1, "{prefix}");
    }
}

/// The largest allowed sources do not fill the stack either.
#[test]
fn the_largest_attributes_and_types_are_parsed() {
    let brackets = |open: &str, inner: &str, close: &str| {
        [&*open.repeat(31), inner, &*close.repeat(31)].concat()
    };
    for user in [
        brackets("(", "payload.user_id", ")"),
        brackets("{", "payload.user_id", "}"),
        brackets("a(", "payload.user_id", ")"),
        ["payload", &*".a".repeat(120)].concat(),
        [&*"&".repeat(240), "payload"].concat(),
        [
            &*"!".repeat(200),
            &*"(".repeat(31),
            "payload",
            &*")".repeat(31),
        ]
        .concat(),
        [&*"|| ".repeat(80), "payload"].concat(),
    ] {
        let attribute = format!(r#"auth = "user", user = {user}"#);
        assert_eq!(errors_of(&attribute, &task("AddTodo")), 0, "{user}");
    }
    for ty in [
        brackets("Vec<", "Todo", ">"),
        brackets("(", "Todo", ",)"),
        brackets("[", "Todo", "]"),
    ] {
        assert_eq!(
            errors_of(
                r#"auth = "anon""#,
                &task(&ty).replace("UserClient", "AnonClient")
            ),
            0,
            "{ty}"
        );
    }
}

/// The body is not parsed, so it may have any depth.
#[test]
fn a_body_may_be_of_any_depth() {
    let body = nested("(", "1", ")");
    let item = task("AddTodo").replace("Ok(())", &body);
    assert_eq!(errors_of(r#"auth = "user""#, &item), 0);
}

#[test]
fn of_very_many_mistakes_the_first_are_shown_and_the_others_counted() {
    let options = |option: &str| vec![option; 10_000].join(", ");
    for attribute in [
        options("colour = 1"),
        options(r#"auth = "user""#),
        options("a < b"),
        options("(payload)"),
        format!("auth = \"user\", retry({})", options("tries = 3")),
        format!("auth = \"user\", queue({})", options("name")),
        ",".repeat(10_000),
    ] {
        let shown = errors_of(&attribute, &task("AddTodo"));
        assert!(
            (1..=21).contains(&shown),
            "{shown} errors of {}",
            &attribute[..40]
        );
    }
    let expanded = expand_source(&options("colour = 1"), &task("AddTodo")).to_string();
    assert!(
        expanded.contains("and 9981 more: correct those above first"),
        "{expanded}"
    );
}

#[test]
fn very_many_arguments_are_as_fast() {
    let arguments = vec!["a: TaskContext"; 2_000].join(", ");
    let item = task("AddTodo").replace("supabase: UserClient", &arguments);
    assert_eq!(errors_of(r#"auth = "user""#, &item), 1);
    let item = task("AddTodo").replace(
        "supabase: UserClient",
        &arguments.replace("TaskContext", "&u8"),
    );
    assert_eq!(errors_of(r#"auth = "user""#, &item), 21);
}
