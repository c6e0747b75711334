//! A transaction of three statements as a user, next to the same written by hand with sqlx, to three requests of
//! our client, to `postgres.js` and to the Postgres client of `@supabase/server`.
//!
//! All use one installed PostgreSQL, which a `LocalSupabase` starts, over its Unix socket; the requests go to that
//! stack. Each run of a peer is a process of its own, so that processor time is that peer's alone, and the peers
//! take turns. Needs `npm ci --prefix benches/peers`.

#[path = "../support/claims.rs"]
mod claims;
mod javascript;
mod report;
mod run;
mod stack;
#[path = "../support/mod.rs"]
mod support;
mod ways;

use report::Report;
use stack::Stack;

const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

/// The number of transactions in flight, at most: also the number of connections.
const CONCURRENCY: [usize; 2] = [1, 16];

/// The number of transactions in one run of a peer.
const TRANSACTIONS: usize = 1_600;

const ROUNDS: usize = 7;

fn main() {
    if run::is_asked_to_run() {
        return run::run();
    }
    if !support::is_asked_to_measure() {
        return;
    }
    javascript::assert_installed();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    let mut stack = runtime.block_on(Stack::start());
    println!("{}", runtime.block_on(stack.describe()));
    for concurrency in CONCURRENCY {
        let mut report = Report::new(concurrency, ROUNDS);
        for round in 0..ROUNDS {
            for turn in 0..ways::NAMES.len() {
                // Each peer is first equally often.
                let way = (round + turn) % ways::NAMES.len();
                runtime.block_on(stack.clear());
                report.push(way, run::in_a_process(way, &stack, concurrency));
                runtime.block_on(stack.assert_done(run::visits(concurrency)));
            }
        }
        print!("{report}");
    }
}
