//! Whatever the attribute and the item contain, the macro returns: it does not panic or lose the
//! function.

use super::{count_errors, expand_source, tokens};

/// Attribute arguments that are all wrong.
const ODD: &[&str] = &[
    "",
    ",",
    ",,,",
    "=",
    "==",
    "= \"user\"",
    "auth",
    "auth,",
    "auth =",
    "auth = ,",
    "auth ==",
    "auth == \"user\"",
    "auth = = \"user\"",
    "auth : \"user\"",
    "auth => \"user\"",
    "auth(\"user\")",
    "auth[\"user\"]",
    "auth { user }",
    "auth \"user\"",
    "auth = user",
    "auth = User",
    "auth = r#user",
    "auth = 1",
    "auth = -1",
    "auth = 1.5",
    "auth = 'u'",
    "auth = b\"user\"",
    "auth = c\"user\"",
    "auth = true",
    "auth = ()",
    "auth = (\"user\")",
    "auth = {}",
    "auth = [\"user\", \"service\"]",
    "auth = \"user\" \"service\"",
    "auth = \"user\" | \"service\"",
    "auth = \"user\".into()",
    "auth = \"user\"; id = \"x\"",
    "auth = \"\"",
    "auth = \" user\"",
    "auth = \"user\\0\"",
    "auth = \"użytkownik\"",
    "auth = \"🦀\"",
    "auth = concat!(\"us\", \"er\")",
    "auth = env!(\"AUTH\")",
    "auth = |x| x",
    "auth = if",
    "auth = match x {}",
    "auth = \"user\", auth",
    "auth = \"user\", auth = \"user\"",
    "auth = \"user\", ,",
    "auth = \"user\", id",
    "auth = \"user\", id = id",
    "auth = \"user\", id = \"\"",
    "auth = \"user\", id = \"../../etc/passwd\\n\"",
    "auth = \"user\", user",
    "auth = \"user\", user = ",
    "auth = \"user\", user = let",
    "auth = \"user\", user = payload.",
    "auth = \"user\", user = in",
    "auth = \"user\", crate",
    "auth = \"user\", crate = ",
    "auth = \"user\", crate = \"::supabase_task\"",
    "auth = \"user\", crate = supabase_task",
    "auth = \"user\", crate = ::",
    "auth = \"user\", crate = self",
    "auth = \"user\", crate = 7",
    "auth = \"user\", retry",
    "auth = \"user\", retry()",
    "auth = \"user\", retry(,)",
    "auth = \"user\", retry(max_attempts)",
    "auth = \"user\", retry(max_attempts = )",
    "auth = \"user\", retry(max_attempts = 3 4)",
    "auth = \"user\", retry(max_attempts = 3; factor = 2)",
    "auth = \"user\", retry(max_attempts = -99999999999999999999)",
    "auth = \"user\", retry(max_attempts = - - 3)",
    "auth = \"user\", retry(factor = -1e999)",
    "auth = \"user\", retry(none none)",
    "auth = \"user\", retry(none, none)",
    "auth = \"user\", retry(none(1))",
    "auth = \"user\", retry(min = \"\\u{0}\")",
    "auth = \"user\", retry(retry(none))",
    "auth = \"user\", retry = (max_attempts = 3)",
    "auth = \"user\", retry[max_attempts = 3]",
    "auth = \"user\", retry(#)",
    "auth = \"user\", retry(auth = \"service\")",
    "auth = \"user\", max_duration = b\"5m\"",
    "auth = \"user\", max_duration = \"5µs\"",
    "auth = \"user\", ttl = -1",
    "auth = \"user\", queue(\"emails\", 5)",
    "auth = \"user\", queue(name)",
    "auth = \"user\", queue(name = )",
    "auth = \"user\", queue = \"🦀\"",
    "auth = \"user\", queue(concurrency_limit = 1.0)",
    "auth = \"user\", concurrency_key = payload.",
    "auth = \"user\", concurrency_key = payload",
    "auth = \"user\", schedule = \"@ @ @ @ @\"",
    "auth = \"user\", schedule = \"🦀 * * * *\"",
    "auth = \"user\", schedule = \"* * * * *\"",
    "auth = \"user\", timezone = \"\\n\"",
    "auth = \"user\", priority = i32::MAX",
    "auth = \"user\", priority = --1",
    "auth = \"user\", on_start = ::",
    "auth = \"user\", on_start = <",
    "auth = \"user\", on_start = \"\"",
    "auth = \"user\", on_start = {}",
    "auth = \"user\", supabase_task(auth = \"user\")",
    "#[auth]",
    "#",
    "?",
    "user",
    "\"user\"",
    "user, service",
    "r#auth = \"usr\"",
    "r#type = \"user\"",
    "'a",
    "'static = \"user\"",
    "$crate",
    "@",
    "_ = \"user\"",
    "* = \"user\"",
    "self::auth = \"user\"",
    "::auth = \"user\"",
    "fn = \"user\"",
    "async fn add_todo() {}",
];

const ITEM: &str = "/// Adds a todo.
    #[must_use]
    pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
        supabase.from(\"todos\").insert(&payload).await?; half typed .
    }";

#[test]
fn every_odd_attribute_is_reported_and_keeps_the_fn() {
    let item = tokens(ITEM).to_string();
    for attribute in ODD {
        let expanded = expand_source(attribute, ITEM);
        assert!(count_errors(&expanded) > 0, "no error for `{attribute}`");
        let expanded = expanded.to_string();
        assert!(
            expanded.starts_with(&item),
            "`{attribute}` changed the fn: {expanded}"
        );
        assert!(
            expanded.contains("struct add_todo { }"),
            "`{attribute}` lost the task's name"
        );
    }
}

#[test]
fn a_wrong_attribute_never_runs_as_anybody() {
    for attribute in ODD {
        let expanded = expand_source(attribute, ITEM).to_string();
        assert!(
            expanded.contains("type Auth = __p :: Anon"),
            "`{attribute}`: {expanded}"
        );
        assert!(
            !expanded.contains("inventory"),
            "`{attribute}` registered a task: {expanded}"
        );
    }
}

/// Items that cannot be annotated, or are half-typed.
const ODD_ITEMS: &[&str] = &[
    "",
    ";",
    "async",
    "async fn",
    "async fn add_todo",
    "async fn add_todo(",
    "pub",
    "pub async fn add_todo(payload)",
    "fn",
    "fn add_todo();",
    "async fn add_todo(payload: ) {}",
    "async fn add_todo(payload: AddTodo, ) -> {}",
    "async fn add_todo(self) {}",
    "async fn add_todo(&mut self, payload: AddTodo) {}",
    "async fn add_todo(..., x: u8) {}",
    "const async unsafe extern \"C\" fn add_todo<T>(x: T, ...) where T: Copy;",
    "struct AddTodo;",
    "enum Never {}",
    "impl AddTodo {}",
    "trait Tasks {}",
    "mod tasks;",
    "use todos::*;",
    "static TASK: u8 = 1;",
    "const TASK: u8 = 1;",
    "type Task = u8;",
    "macro_rules! task { () => {} }",
    "println!(\"{}\", 1);",
    "let x = async {};",
    "#[cfg(test)]",
    "/// A comment without an item.",
];

#[test]
fn every_odd_item_is_reported_and_kept() {
    for item in ODD_ITEMS {
        // An unbalanced bracket never reaches a macro: the lexer refuses it.
        let Ok(parsed) = item.parse::<proc_macro2::TokenStream>() else {
            continue;
        };
        let expanded = expand_source("auth = \"user\"", item);
        assert!(count_errors(&expanded) > 0, "no error for `{item}`");
        let expanded = expanded.to_string();
        assert!(
            expanded.starts_with(&parsed.to_string()),
            "`{item}` was changed: {expanded}"
        );
    }
}
