//! A task that reads rows, next to raw reqwest, supabase-js and `rust_supabase_sdk` doing the same:
//! sign a user's token, build a client, select, decode.
//!
//! The server is this program started a second time, and each run of a peer is a process of its
//! own, so that processor time and memory are that peer's alone. The peers take turns. Needs
//! Node.js and `npm ci --prefix benches/peers`.

#[path = "../support/claims.rs"]
mod claims;
mod javascript;
mod report;
mod run;
mod server;
mod ways;

use report::Report;
use server::Server;

const PUBLISHABLE_KEY: &str = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

/// The number of tasks in flight.
const CONCURRENCY: usize = 16;

/// What each task reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    OneRow,
    TenThousandRows,
}

impl Scenario {
    const ALL: [Self; 2] = [Self::OneRow, Self::TenThousandRows];

    fn name(self) -> &'static str {
        match self {
            Self::OneRow => "one-row",
            Self::TenThousandRows => "10000-rows",
        }
    }

    fn rows(self) -> usize {
        match self {
            Self::OneRow => 1,
            Self::TenThousandRows => 10_000,
        }
    }

    /// The number of tasks in one run of a peer.
    fn tasks(self) -> usize {
        match self {
            Self::OneRow => 2_000,
            Self::TenThousandRows => 160,
        }
    }

    fn rounds(self) -> usize {
        match self {
            Self::OneRow => 25,
            Self::TenThousandRows => 9,
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if server::is_asked_to_serve() {
        return server::serve();
    }
    if let Some(position) = arguments.iter().position(|one| one == run::RUN) {
        return run::run(&arguments[position + 1..]);
    }
    // `cargo test --benches` must not take minutes.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    javascript::assert_installed();
    let server = Server::start();
    // All scenarios, or those named after `--`.
    let named = |scenario: &Scenario| arguments.iter().any(|one| one == scenario.name());
    let all = !Scenario::ALL.iter().any(named);
    for scenario in Scenario::ALL.into_iter().filter(|one| all || named(one)) {
        let mut report = Report::new(scenario);
        for round in 0..scenario.rounds() {
            for turn in 0..ways::NAMES.len() {
                // Each peer is first equally often.
                let index = (round + turn) % ways::NAMES.len();
                report.push(index, run::in_a_process(index, server.url(), scenario));
            }
        }
        print!("{report}");
    }
}
