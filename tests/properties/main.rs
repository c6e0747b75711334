//! Correct for any value: whatever a text, a number, a date, JSON, an array, a range or an
//! identifier contains, every filter and write treats it as that one value.
//!
//! Rows of generated values are written and read back; then every value goes through every filter,
//! and the rows that come back must be those for which the same condition holds in Rust. A case is
//! one value that passes through one operator or write.
//!
//! The server is the stand-in of `LocalSupabase`. Where its grammar knows less than PostgREST's
//! (names in quotes in `order` and `on_conflict`, or with a `.` in a tree), unit tests of the crate
//! check the request instead.

mod checks;
mod columns;
mod filters;
mod moments;
mod predicates;
mod samples;
mod trees;
mod values;
mod writes;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use supabase_task::client::ServiceClient;
use supabase_task::{LocalPostgres, LocalSupabase};

use columns::OddColumns;

/// The size of a test run.
struct Scale {
    /// The minimum number of cases.
    cases: usize,
    /// Rows in the table at a time: few enough to keep responses small, and enough for values to
    /// meet others.
    rows: usize,
    /// Requests at a time.
    concurrency: usize,
}

/// Rows of dates and times at a time. Each is a few dozen requests, one after another.
const MOMENTS: i64 = 4;

/// The default seed. `PROPERTIES_SEED` changes it, to test more than CI does.
const SEED: u64 = 20_261_124;

fn runner() -> TestRunner {
    let seed = match std::env::var("PROPERTIES_SEED") {
        Ok(seed) => seed.parse().expect("PROPERTIES_SEED is a number"),
        Err(_) => SEED,
    };
    println!("PROPERTIES_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), rng)
}

async fn check(stack: &LocalSupabase, odd: OddColumns, mut runner: TestRunner, scale: Scale) {
    let Scale {
        cases: wanted,
        rows,
        concurrency,
    } = scale;
    let supabase: ServiceClient = stack.supabase().service_client().unwrap();
    let mut cases = odd.check(&supabase, &mut runner, concurrency).await;
    moments::check_refused(&supabase).await;
    while cases < wanted {
        cases += moments::check(&supabase, &mut runner, MOMENTS).await;
        let samples = samples::generate(&mut runner, rows);
        cases += writes::fill(&supabase, &samples).await;
        let mut checks = filters::checks(&supabase, &samples);
        checks.extend(trees::checks(&supabase, &samples));
        cases += checks::run(checks, concurrency).await;
        cases += writes::check(&supabase, &samples, concurrency).await;
    }
    println!("{cases} cases checked");
}

/// The embedded PostgreSQL has one connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_stay_values() {
    let mut runner = runner();
    let odd = OddColumns::generate(&mut runner, 5);
    let stack = LocalSupabase::builder()
        .postgres(LocalPostgres::Embedded)
        .sql(include_str!("schema.sql"))
        .sql(odd.sql())
        .start()
        .await
        .unwrap();
    let scale = Scale {
        cases: 500,
        rows: 12,
        concurrency: 2,
    };
    check(&stack, odd, runner, scale).await;
    stack.shutdown().await.unwrap();
}

#[cfg(feature = "external")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_values_stay_values_on_a_real_postgresql() {
    let database = supabase_task_tests::TestDatabase::create().await;
    let mut runner = runner();
    let odd = OddColumns::generate(&mut runner, 60);
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .sql(include_str!("schema.sql"))
        .sql(odd.sql())
        .start()
        .await
        .unwrap();
    let scale = Scale {
        cases: 50_000,
        rows: 60,
        concurrency: 16,
    };
    check(&stack, odd, runner, scale).await;
    // Closes the connections to the database, which is dropped next.
    stack.shutdown().await.unwrap();
}
