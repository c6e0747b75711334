//! Expansion snapshots: how the generated code reads.
//!
//! After a change of the expansion, update the snapshots with `UPDATE_SNAPSHOTS=1 cargo test -p
//! supabase-task-macros` and review the difference.

use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::TokenStream;

use super::{count_errors, expand_source};

/// Compares the attribute's expansion, formatted, with `snapshots/NAME.rs`.
#[track_caller]
fn assert_snapshot(name: &str, attribute: &str, item: &str) {
    assert_expansion(name, &expand_source(attribute, item));
}

/// Compares an expansion, formatted, with `snapshots/NAME.rs`.
#[track_caller]
pub(super) fn assert_expansion(name: &str, expanded: &TokenStream) {
    let mut file = parse(&expanded.to_string());
    let attached: Vec<TokenStream> = file.items.iter_mut().filter_map(take_items).collect();
    for items in attached {
        file.items.extend(parse(&items.to_string()).items);
    }
    let actual = prettyplease::unparse(&file);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/tests/snapshots")
        .join(format!("{name}.rs"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, actual).expect("the snapshot can be written");
        return;
    }
    let expected = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{name}: no snapshot ({error}); see this module's docs"));
    assert!(
        actual == expected,
        "{name}: the expansion is not its snapshot; see this module's docs\n\n\
         --- expected\n{expected}\n--- actual\n{actual}"
    );
}

fn parse(items: &str) -> syn::File {
    syn::parse_file(items).expect("the expansion is a list of items")
}

/// Does what the compiler does next: takes the items out of the attribute of the task's type.
fn take_items(item: &mut syn::Item) -> Option<TokenStream> {
    let syn::Item::Struct(structure) = item else {
        return None;
    };
    let is_list = |attribute: &syn::Attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "task_items")
    };
    let position = structure.attrs.iter().position(is_list)?;
    let attribute = structure.attrs.remove(position);
    Some(attribute.meta.require_list().ok()?.tokens.clone())
}

#[test]
fn user_task() {
    assert_snapshot(
        "user_task",
        r#"auth = "user""#,
        "/// Adds a todo as the user who asked for it.
        pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<Todo> {
            let row = json!({ \"user_id\": payload.user_id, \"title\": payload.title });
            Ok(supabase.from(\"todos\").insert(&row).select(\"id,title\").single().await?)
        }",
    );
}

#[test]
fn user_expression() {
    assert_snapshot(
        "user_expression",
        r#"auth = "user", user = payload.owner.id"#,
        "async fn share_todo(
            mut payload: ShareTodo,
            supabase: UserClient,
            State(mailer): State<Mailer>,
        ) -> anyhow::Result<()> {
            mailer.send(payload.letter()).await
        }",
    );
}

#[test]
fn service_task_with_id() {
    assert_snapshot(
        "service_task_with_id",
        r#"auth = "service", id = "todos.sweep""#,
        "pub(crate) async fn sweep(
            _payload: (),
            supabase: ServiceClient,
            ctx: TaskContext,
        ) -> TaskResult<u64> {
            Ok(supabase.from(\"todos\").delete().eq(\"done\", true).count().await?)
        }",
    );
}

#[test]
fn anon_task_called_run() {
    assert_snapshot(
        "anon_task_called_run",
        r#"auth = "anon", crate = crate::framework"#,
        "pub async fn run(payload: Visit, supabase: AnonClient) -> TaskResult<()> {
            supabase.from(\"visits\").insert(&payload).await?;
            Ok(())
        }",
    );
}

#[test]
fn task_with_run_options() {
    assert_snapshot(
        "task_with_run_options",
        r#"auth = "service", retry(max_attempts = 5, factor = 1.8, min = "500ms", jitter = false),
           max_duration = "5m", queue(concurrency_limit = 2), concurrency_key = payload.team,
           ttl = "1d", priority = 10, on_start = announce, catch_error = hooks::judge"#,
        "async fn send_mail(payload: SendMail, supabase: ServiceClient) -> TaskResult<()> {
            supabase.rpc(\"send_mail\", &payload).await
        }",
    );
}

#[test]
fn scheduled_task() {
    assert_snapshot(
        "scheduled_task",
        r#"auth = "service", retry(none), schedule = "0 3 * * *", timezone = "Europe/Berlin""#,
        "async fn sweep(tick: Tick, supabase: ServiceClient) -> TaskResult<()> {
            supabase.rpc(\"sweep\", &tick.timestamp).await
        }",
    );
}

#[test]
fn fallback_with_several_errors() {
    let attribute = r#"auth = "usr", auth = "service", id = "add todo""#;
    let item = "pub fn add_todo(payload: AddTodo, supabase: &UserClient) -> TaskResult<Todo> {
        supabase.
    }";
    let expanded = expand_source(attribute, item);
    assert_eq!(count_errors(&expanded), 5, "{expanded}");
    // A body that is not Rust yet cannot be formatted, so the snapshot has one that is.
    assert_snapshot(
        "fallback_with_several_errors",
        attribute,
        &item.replace("supabase.", "todo"),
    );
}

#[test]
fn item_that_is_no_fn() {
    assert_snapshot(
        "item_that_is_no_fn",
        r#"auth = "user""#,
        "pub struct AddTodo { title: String }",
    );
}

#[test]
fn body_tokens_pass_through() {
    let body = "{ supabase . from ( \"todos\" ) . }";
    let item = format!(
        "async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {body}"
    );
    let expanded = expand_source(r#"auth = "user""#, &item);
    assert_eq!(count_errors(&expanded), 0, "{expanded}");
    assert!(
        expanded
            .to_string()
            .contains(&super::tokens(body).to_string()),
        "{expanded}"
    );
}
