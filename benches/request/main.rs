//! What a task that sends one request costs, next to the same request written by hand with reqwest.
//!
//! The server is this program started a second time, so that its processor time is not counted.
//! Both ways take turns, in rounds short enough that other load on the machine affects both.

mod by_hand;
mod server;
#[path = "../support/mod.rs"]
mod support;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use by_hand::ByHand;
use server::Server;
use support::{Series, Whose, measure};

const PUBLISHABLE_KEY: &str = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";

const ROUNDS: usize = 200;
const REQUESTS_A_ROUND: usize = 480;

#[derive(Debug, Serialize, Deserialize)]
struct Todo {
    id: i64,
    title: String,
    done: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct ReadTodo {
    user_id: UserId,
    id: i64,
}

/// Reads one todo of the user's.
#[supabase_task(auth = "user")]
async fn read_todo(payload: ReadTodo, supabase: UserClient) -> TaskResult<Todo> {
    let todo = supabase
        .from("todos")
        .select("id,title,done")
        .eq("id", payload.id)
        .single::<Todo>()
        .await?;
    Ok(todo)
}

/// One of the two ways to read a todo.
trait Way: Clone + Send + 'static {
    fn read_todo(&self, payload: ReadTodo) -> impl Future<Output = Todo> + Send;
}

impl Way for Supabase {
    async fn read_todo(&self, payload: ReadTodo) -> Todo {
        read_todo::run(self, payload).await.expect("a todo")
    }
}

impl Way for ByHand {
    async fn read_todo(&self, payload: ReadTodo) -> Todo {
        self.read_todo(payload).await.expect("a todo")
    }
}

fn main() {
    if server::is_asked_to_serve() {
        return server::serve();
    }
    if !support::is_asked_to_measure() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    assert_same_request(&runtime);

    let server = Server::start();
    let (task, by_hand) = (supabase(server.url()), ByHand::new(server.url()));
    println!("{ROUNDS} rounds of {REQUESTS_A_ROUND} requests each way; medians of one request");
    println!("{:<26}{:>12}{:>12}{:>8}", "", "task", "by hand", "ratio");
    for concurrency in [1, 16] {
        let (ours, peer) = compare(&runtime, concurrency, &task, &by_hand);
        let rows = [
            ("wall", ours.wall(), peer.wall(), ours.wall_ratio(&peer)),
            (
                "processor",
                ours.processor(),
                peer.processor(),
                ours.processor_ratio(&peer),
            ),
        ];
        for (what, ours, peer, ratio) in rows {
            let microseconds = 1e6 / REQUESTS_A_ROUND as f64;
            println!(
                "{:<26}{:>9.1} µs{:>9.1} µs{ratio:>8.3}",
                format!("{concurrency} at a time, {what}"),
                ours * microseconds,
                peer * microseconds,
            );
        }
    }
}

/// Measures both ways in turn. Each of them is first in every second round.
fn compare(
    runtime: &Runtime,
    concurrency: usize,
    task: &impl Way,
    by_hand: &impl Way,
) -> (Series, Series) {
    // Opens the connections.
    read_todos(runtime, concurrency, task);
    read_todos(runtime, concurrency, by_hand);

    let (mut ours, mut peer) = (Series::new(), Series::new());
    for round in 0..ROUNDS {
        let mut measure_ours = || {
            let work = || read_todos(runtime, concurrency, task);
            ours.push(measure(Whose::ThisProcess, work));
        };
        let mut measure_peer = || {
            let work = || read_todos(runtime, concurrency, by_hand);
            peer.push(measure(Whose::ThisProcess, work));
        };
        if round % 2 == 0 {
            measure_ours();
            measure_peer();
        } else {
            measure_peer();
            measure_ours();
        }
    }
    (ours, peer)
}

/// Sends a round's requests, with the given number of workers at a time.
fn read_todos(runtime: &Runtime, concurrency: usize, way: &impl Way) {
    runtime.block_on(async {
        let mut workers = JoinSet::new();
        for _ in 0..concurrency {
            let way = way.clone();
            workers.spawn(async move {
                for _ in 0..REQUESTS_A_ROUND / concurrency {
                    drop(way.read_todo(payload()).await);
                }
            });
        }
        workers.join_all().await;
    });
}

/// The comparison is valid only if both send the same request.
fn assert_same_request(runtime: &Runtime) {
    let ours = server::request_of(runtime, |url| {
        let supabase = supabase(url);
        async move { drop(Way::read_todo(&supabase, payload()).await) }
    });
    let peer = server::request_of(runtime, |url| {
        let by_hand = ByHand::new(url);
        async move { drop(Way::read_todo(&by_hand, payload()).await) }
    });
    assert_eq!(ours, peer);
}

fn supabase(url: &str) -> Supabase {
    Supabase::builder()
        .url(url)
        .publishable_key(PUBLISHABLE_KEY)
        .jwt_secret(JWT_SECRET)
        .build()
        .expect("the configuration is complete")
}

fn payload() -> ReadTodo {
    ReadTodo {
        user_id: "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f"
            .parse()
            .expect("a user id"),
        id: 7,
    }
}
