//! Tests of "did you mean".

use crate::options::Options;
use crate::suggest::{list, nearest};

const OPTIONS: &[&str] = &["auth", "id", "user", "crate"];

#[test]
fn suggests_what_was_meant() {
    for (written, meant) in [
        ("atuh", "auth"),
        ("aut", "auth"),
        ("Auth", "auth"),
        ("AUTH", "auth"),
        ("auht", "auth"),
        ("oauth", "auth"),
        ("usr", "user"),
        ("users", "user"),
        ("uesr", "user"),
        ("ID", "id"),
        ("ids", "id"),
        ("crates", "crate"),
        ("creat", "crate"),
    ] {
        assert_eq!(nearest(written, OPTIONS), Some(meant), "{written}");
    }
}

#[test]
fn suggests_the_attributes_options() {
    for (written, meant) in [
        ("rety", "retry"),
        ("maxDuration", "max_duration"),
        ("max_duraton", "max_duration"),
        ("queues", "queue"),
        ("concurrencyKey", "concurrency_key"),
        ("shedule", "schedule"),
        ("time_zone", "timezone"),
        ("tll", "ttl"),
        ("priorty", "priority"),
        ("onStart", "on_start"),
        ("on_succes", "on_success"),
        ("on_fail", "on_failure"),
        ("onComplete", "on_complete"),
        ("catchError", "catch_error"),
    ] {
        assert_eq!(nearest(written, Options::NAMES), Some(meant), "{written}");
    }
}

#[test]
fn suggests_nothing_far_away() {
    for written in [
        "",
        "retries",
        "schedule",
        "banana",
        "x",
        "name",
        "authorization",
    ] {
        assert_eq!(nearest(written, OPTIONS), None, "{written}");
    }
}

#[test]
fn the_nearest_of_several_wins() {
    assert_eq!(nearest("crat", &["create", "crate"]), Some("crate"));
    assert_eq!(nearest("user", &["users", "user"]), Some("user"));
}

#[test]
fn other_alphabets_are_compared_by_characters() {
    assert_eq!(nearest("aüth", OPTIONS), Some("auth"));
    assert_eq!(nearest("идентификатор", OPTIONS), None);
}

#[test]
fn lists_read_as_prose() {
    assert_eq!(list(&[]), "");
    assert_eq!(list(&["auth"]), "`auth`");
    assert_eq!(list(&["auth", "id"]), "`auth` and `id`");
    assert_eq!(list(OPTIONS), "`auth`, `id`, `user` and `crate`");
}
