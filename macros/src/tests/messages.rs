//! Tests of what the errors quote.

use super::expand_source;

/// The messages of an expansion's errors, as one text.
fn messages(attribute: &str, item: &str) -> String {
    expand_source(attribute, item).to_string()
}

#[test]
fn types_are_quoted_as_they_are_written() {
    for (ty, quoted) in [
        ("Option<Vec<u64>>", "TaskResult<Option<Vec<u64>>>"),
        ("(String, u8)", "TaskResult<(String, u8)>"),
        ("Vec<Box<dyn Todo>>", "TaskResult<Vec<Box<dyn Todo>>>"),
        ("std::string::String", "TaskResult<std::string::String>"),
        ("[u8; 4]", "TaskResult<[u8;4]>"),
    ] {
        let messages = messages(
            r#"auth = "service""#,
            &format!("async fn count(_payload: (), supabase: ServiceClient) -> {ty} {{}}"),
        );
        assert!(
            messages.contains(&format!("write `{quoted}`")),
            "{ty}: {messages}"
        );
    }
}

#[test]
fn a_reference_is_quoted_without_it() {
    for (ty, remedy) in [
        ("&UserClient", "write `UserClient` without the `&`"),
        ("&mut UserClient", "write `UserClient` without the `&mut`"),
        (
            "&'static Client<User>",
            "write `Client<User>` without the `&`",
        ),
    ] {
        let messages = messages(
            r#"auth = "user""#,
            &format!("async fn add(payload: AddTodo, supabase: {ty}) -> TaskResult<()> {{}}"),
        );
        assert!(messages.contains(remedy), "{ty}: {messages}");
    }
}

#[test]
fn a_mistake_in_one_option_is_not_a_second_one_elsewhere() {
    for attribute in [
        r#"atuh = "service""#,
        r#""service""#,
        "service",
        r#"auth = "user", auth = "service""#,
        r#"auth = "servce""#,
        "auth =",
        r#"role = "service""#,
        r#"auth = "service", shedule = "0 3 * * *", timezone = "UTC""#,
        r#"auth = "service", cron = "0 3 * * *", timezone = "UTC""#,
        r#"auth = "service", concurrency_limit = 5, concurrency_key = _payload"#,
        r#"auth = "service", queue(limit = 5), concurrency_key = _payload"#,
        r#"auth = "service", schedule = "0 3", timezone = "Europe/Berlin""#,
        r#"auth = "service", schedule = "0 3 * * *", timezone = "europe""#,
        r#"auth = "service", retry(min = "1m", max = "")"#,
        r#"auth = "service", retry(none, factor = 0.5)"#,
    ] {
        let expanded = expand_source(
            attribute,
            "async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {}",
        );
        assert_eq!(super::count_errors(&expanded), 1, "{attribute}: {expanded}");
    }
}
