//! The environment that a process with the tasks of these tests needs.

use std::collections::HashMap;

use supabase_task::auth::AuthKind;
use supabase_task::{ConfigError, Supabase};

const GOOD: &[(&str, &str)] = &[
    ("SUPABASE_URL", "http://127.0.0.1:54321"),
    (
        "SUPABASE_PUBLISHABLE_KEY",
        "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
    ),
    (
        "SUPABASE_SECRET_KEY",
        "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    ),
    (
        "SUPABASE_JWT_SECRET",
        "super-secret-jwt-token-with-at-least-32-characters-long",
    ),
];

fn read(variables: &[(&'static str, &str)]) -> Result<Supabase, ConfigError> {
    let variables: HashMap<&str, String> = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    Supabase::builder()
        .read_variables(move |name| variables.get(name).cloned())
        .build()
}

fn with(name: &'static str, value: &'static str) -> Result<Supabase, ConfigError> {
    let mut variables: Vec<_> = GOOD
        .iter()
        .filter(|(key, _)| *key != name)
        .copied()
        .collect();
    variables.push((name, value));
    read(&variables)
}

#[test]
fn a_complete_environment_is_enough() {
    read(GOOD).unwrap();
}

#[test]
fn an_empty_environment_is_told_all_at_once_with_the_tasks_that_need_it() {
    let error = read(&[]).unwrap_err();
    let variables: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|p| p.variable())
        .collect();
    assert_eq!(variables.len(), 4, "{error}");
    let text = error.to_string();
    for part in [
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWT_SECRET",
        "add_todo",
        "list_all",
        "Settings > API Keys",
        "Settings > JWT Keys",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_secret_key_where_the_publishable_one_belongs_is_refused() {
    let error = with("SUPABASE_PUBLISHABLE_KEY", GOOD[2].1).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("SUPABASE_PUBLISHABLE_KEY"), "{text}");
    assert!(!text.contains("N7UND0UgjKTVK"), "{text}");
}

#[test]
fn a_url_that_is_no_origin_is_refused() {
    for wrong in [
        "abc.supabase.co",
        "https://abc.supabase.co/rest/v1",
        "ftp://abc",
        "",
        "https://",
    ] {
        let error = with("SUPABASE_URL", wrong).unwrap_err();
        assert_eq!(error.problems().len(), 1, "{wrong}: {error}");
        assert!(
            error.to_string().contains("SUPABASE_URL"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn a_short_jwt_secret_is_refused_without_showing_it() {
    let error = with("SUPABASE_JWT_SECRET", "hunter2").unwrap_err();
    assert!(error.to_string().contains("SUPABASE_JWT_SECRET"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_client_whose_keys_were_not_given_is_an_error_that_says_how_to_give_them() {
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .build()
        .unwrap();
    let error = supabase.service_client().unwrap_err();
    assert!(error.to_string().contains("service"), "{error}");
    assert!(supabase.anon_client().is_err());
    assert!(supabase.user_client(supabase_task_tests::user(1)).is_err());
}

#[test]
fn keys_can_be_asked_for_without_a_task() {
    let error = Supabase::builder()
        .url("http://127.0.0.1:9")
        .needs(AuthKind::Service)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("SUPABASE_SECRET_KEY"), "{error}");
}
