//! How many allocations a task makes that reads one row, and one that reads 10,000, next to the
//! same written by hand.
//!
//! Counted on one thread, without the server's allocations. The connection is already open.

#[path = "support/claims.rs"]
mod claims;
#[path = "peers/server.rs"]
mod server;
#[path = "peers/ways.rs"]
mod ways;

use allocation_counter::AllocationInfo;
use tokio::runtime::Runtime;

use server::Server;
use ways::{ByHand, Ours, Sdk, Way};

const PUBLISHABLE_KEY: &str = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

/// The number of rows that the server answers with.
#[derive(Clone, Copy)]
struct Scenario(usize);

impl Scenario {
    const ALL: [Self; 2] = [Self(1), Self(10_000)];

    fn rows(self) -> usize {
        self.0
    }
}

fn main() {
    if server::is_asked_to_serve() {
        return server::serve();
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    println!("| a task | rows | allocations | bytes in all | bytes at most at a time |");
    println!("| --- | --- | --- | --- | --- |");
    for scenario in Scenario::ALL {
        let rows = scenario.rows();
        let url = server.url();
        tell(ways::OURS, rows, count(&runtime, &Ours::new(url), rows));
        tell(
            ways::BY_HAND,
            rows,
            count(&runtime, &ByHand::new(url), rows),
        );
        tell(ways::SDK, rows, count(&runtime, &Sdk::new(url), rows));
    }
    let all = ways::NAMES.len();
    println!(
        "({} of the {all} peers; supabase-js has no such count)",
        all - 1
    );
    assert_eq!(ways::NAMES[all - 1], ways::JAVASCRIPT);
}

/// The minimum of several runs: a connection's buffers grow from time to time.
fn count(runtime: &Runtime, way: &impl Way, rows: usize) -> AllocationInfo {
    // Opens the connection.
    drop(runtime.block_on(way.read(rows)));
    let runs = (0..25).map(|_| {
        allocation_counter::measure(|| {
            drop(runtime.block_on(way.read(rows)));
        })
    });
    runs.min_by_key(|info| info.count_total)
        .expect("there are runs")
}

fn tell(name: &str, rows: usize, info: AllocationInfo) {
    println!(
        "| {name} | {rows} | {} | {} | {} |",
        info.count_total, info.bytes_total, info.bytes_max
    );
}
