//! `#[derive(DatabaseRole)]` and `auth = "role"`: how their expansions read, and that the derive returns for
//! any input.

use proc_macro2::TokenStream;

use super::snapshots::assert_expansion;
use super::{count_errors, expand_source, tokens};

fn expand(item: &str) -> TokenStream {
    crate::role::expand(tokens(item))
}

/// The runtime has a list of its own, and the same test.
#[test]
fn names_that_the_runtime_reserves_are_refused() {
    for name in include_str!("reserved_roles.txt").lines() {
        let expanded = expand(&format!("#[role(name = {name:?})] struct Reporter;"));
        assert_eq!(count_errors(&expanded), 1, "{name}: {expanded}");
    }
    for name in ["pgsodium", "page_writer", "service_role_2"] {
        let expanded = expand(&format!("#[role(name = {name:?})] struct Reporter;"));
        assert_eq!(count_errors(&expanded), 0, "{name}: {expanded}");
    }
}

#[test]
fn role_with_grants() {
    assert_expansion(
        "role_with_grants",
        &expand(
            r#"#[role(name = "reporter", select(Order, crm::Customer), update(Order: status, r#type))]
            pub struct Reporter;"#,
        ),
    );
}

#[test]
fn role_without_options() {
    assert_expansion("role_without_options", &expand("struct DailyReporter;"));
}

#[test]
fn role_with_mistakes() {
    let expanded = expand(
        r#"#[role(name = "postgres", selct(Order), insert(Order), update(Order: a, a), delete())]
        struct Reporter { id: i64 }"#,
    );
    assert_eq!(count_errors(&expanded), 5, "{expanded}");
    assert_expansion("role_with_mistakes", &expanded);
}

#[test]
fn role_task() {
    assert_expansion(
        "role_task",
        &expand_source(
            r#"auth = "role", role = roles::Reporter"#,
            "async fn report(_tick: Tick, supabase: RoleClient<roles::Reporter>) -> TaskResult<()> {
                Ok(())
            }",
        ),
    );
}

#[test]
fn role_task_for_a_user() {
    assert_expansion(
        "role_task_for_a_user",
        &expand_source(
            r#"auth = "role", role = Reporter, user = payload.asked_by"#,
            "async fn report(payload: Ask, supabase: RoleClient<Reporter>) -> TaskResult<()> {
                Ok(())
            }",
        ),
    );
}

#[test]
fn whatever_is_written_there_is_an_answer() {
    for options in [
        "",
        "role",
        "role()",
        "role(,)",
        "role(select)",
        "role(select(",
        "role(select)(Order)",
        "role(select(Order:))",
        "role(select(Order: :))",
        "role(select(Order: a b))",
        "role(select(7))",
        "role(select(,))",
        "role(select(&'a Order))",
        "role(name)",
        "role(name = )",
        "role(name = 7, crate = 7)",
        "role = 7",
    ] {
        for item in [
            "struct A;",
            "struct A<T>(T);",
            "enum A {}",
            "fn a() {}",
            "union A { a: u8 }",
        ] {
            let Ok(item) = format!("#[{options}] {item}").parse::<TokenStream>() else {
                continue;
            };
            let expanded = crate::role::expand(item);
            assert!(
                syn::parse2::<syn::File>(expanded.clone()).is_ok(),
                "{options}: {expanded}"
            );
        }
    }
}
