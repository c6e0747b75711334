//! Tasks that outlive their token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use supabase_task::prelude::*;
use supabase_task::token::Clock;
use supabase_task::{LocalSupabase, SupabaseBuilder};
use supabase_task_tests::{TestClock, start, user};

use crate::tasks::{As, claims_twice, list_todos};

fn builder(stack: &LocalSupabase) -> SupabaseBuilder {
    Supabase::builder()
        .url(stack.url())
        .publishable_key(stack.publishable_key())
        .jwt_secret(stack.jwt_secret())
}

#[tokio::test]
async fn a_task_that_outlives_its_token_gets_a_new_one() {
    let stack = start().await;
    let supabase = builder(&stack)
        .token_lifetime(Duration::from_secs(1))
        .build()
        .unwrap();

    let [first, second] = claims_twice::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();

    assert!(
        first["exp"].as_u64() < second["exp"].as_u64(),
        "{first} {second}"
    );
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(
        first["supabase_task"], second["supabase_task"],
        "still the same run"
    );
    stack.shutdown().await.unwrap();
}

/// A clock that is two hours behind at first and then corrected, as NTP does.
#[derive(Debug, Default)]
struct LateAtFirst {
    was_read: AtomicBool,
}

impl Clock for LateAtFirst {
    fn now(&self) -> SystemTime {
        let late = if self.was_read.swap(true, Ordering::SeqCst) {
            0
        } else {
            2 * 60 * 60
        };
        SystemTime::now() - Duration::from_secs(late)
    }
}

/// The first token has expired before it is sent; only the server knows.
#[tokio::test]
async fn a_token_the_server_calls_expired_is_replaced_and_the_request_sent_again() {
    let stack = start().await;
    let supabase = builder(&stack)
        .clock(LateAtFirst::default())
        .build()
        .unwrap();

    let rows = list_todos::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();

    assert_eq!(rows, []);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_request_is_sent_again_only_once() {
    let stack = start().await;
    let clock = TestClock::default();
    clock.shift(-2 * 60 * 60);
    let supabase = builder(&stack).clock(clock).build().unwrap();

    let error = list_todos::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap_err();

    assert!(error.client_error().unwrap().is_unauthorized(), "{error}");
    assert!(error.to_string().contains("JWT expired"), "{error}");
    stack.shutdown().await.unwrap();
}
