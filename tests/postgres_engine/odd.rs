//! Strategies for values that a role may write to the queue's tables, mostly odd ones.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The default seed. `PROPERTIES_SEED` changes it, to test more than CI does.
const SEED: u64 = 20_261_129;

/// Values in a reproducible order.
pub(crate) struct Odd(TestRunner);

impl Odd {
    pub(crate) fn new() -> Self {
        let seed = match std::env::var("PROPERTIES_SEED") {
            Ok(seed) => seed.parse().expect("PROPERTIES_SEED is a number"),
            Err(_) => SEED,
        };
        println!("PROPERTIES_SEED={seed}");
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    pub(crate) fn one<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.0).unwrap().current()
    }
}

fn of(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(values).prop_map(str::to_owned)
}

/// Text, also exactly as long as a limit or one longer.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "'",
            "''",
            "\"",
            "\\",
            "$1",
            "{",
            "}",
            ",",
            ":",
            "%",
            "\n",
            "\t",
            "\u{1}",
            "\u{7f}",
            "null",
            "a",
            "é",
            "日本",
            "\u{1f469}\u{200d}\u{1f467}",
            "\u{202e}",
            "\u{e000}",
        ][..],
    );
    prop_oneof![
        4 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        2 => any::<String>().prop_map(|text| text.chars().filter(|c| *c != '\0').take(20).collect()),
        1 => prop::sample::select(&[1_usize, 127, 128, 129, 256, 257, 2_048, 2_049, 100_000][..])
            .prop_map(|length| "x".repeat(length)),
        1 => prop::sample::select(&[128_usize, 256, 512][..]).prop_map(|length| "😀".repeat(length)),
    ]
}

pub(crate) fn json() -> impl Strategy<Value = String> {
    let deep = prop::sample::select(&[64_usize, 65, 100, 101, 127, 128, 2_000][..]);
    prop_oneof![
        4 => of(&[
            "7", "null", "true", "-1", "1e400", "-1e400", "1e-400", "18446744073709551616", "1.5",
            "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\u{202e}\"", "[]", "{}",
            "{\"a\":1,\"a\":2}", "{\"\\u0000\":1}", "{\"key\":\"k\",\"milliseconds\":1}",
            "{\"key\":\"\\u0000\",\"milliseconds\":1}", "{\"key\":\"\\ud800\",\"milliseconds\":1}",
            "{\"key\":\"\",\"milliseconds\":0}", "{\"key\":7,\"milliseconds\":0}",
            "{\"user_id\":\"00000000-0000-0000-0000-000000000000\",\"text\":\"\"}",
            "{\"user_id\":\"018f2f6e-5c1c-7000-8000-000000000000\",\"text\":\"\\u0000\"}",
        ]),
        1 => deep.prop_map(|levels| "[".repeat(levels) + &"]".repeat(levels)),
        1 => prop::sample::select(&[100_usize, 257, 3_000][..])
            .prop_map(|length| format!("{{\"key\":\"{}\",\"milliseconds\":1}}", "k".repeat(length))),
        1 => text().prop_map(|text| serde_json::Value::from(text).to_string()),
    ]
}

fn jsonb() -> impl Strategy<Value = String> {
    prop_oneof![
        json(),
        of(&[
            "[1]",
            "[null]",
            "[{}]",
            "[[]]",
            "[{\"number\":1}]",
            "{\"message\":1}",
            "{\"message\":\"m\",\"causes\":[1]}",
            "{\"message\":\"m\",\"causes\":{}}",
            "\"text\"",
            "[{\"number\":-1,\"outcome\":\"NONE\",\"started_at\":\"never\",\"ended_at\":null}]",
            "{\"n\":1e300}",
            "{\"n\":1e301}",
            "{\"n\":-1e308}",
            "{\"n\":1e1000}",
        ]),
        (1_usize..70).prop_map(|levels| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels)),
        prop::sample::select(&[11_usize, 250, 20_000][..])
            .prop_map(|items| format!("[{}]", vec!["{\"number\":1}"; items].join(","))),
    ]
}

fn tags() -> impl Strategy<Value = String> {
    prop_oneof![
        of(&[
            "{}",
            "{a}",
            "{NULL}",
            "{a,NULL}",
            "{{a,b},{c,d}}",
            "[5:6]={a,b}",
            "[0:0]={a}",
            "{\"\"}",
            "{a,a}",
            "{\"\\\"\"}",
            "{{}}",
        ]),
        (0_usize..=12).prop_map(|count| format!("{{{}}}", vec!["t"; count].join(","))),
    ]
}

pub(crate) fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        of(&[
            "infinity",
            "-infinity",
            "epoch",
            "1900-01-01",
            "1970-01-01 00:00:01+00",
            "2199-12-31 23:59:59+00",
            "2200-01-01 00:00:00+00",
            "200000-01-01",
            "4713-01-01 BC",
            "2020-02-29",
            "now",
        ]),
        (-100_i64..100).prop_map(|seconds| {
            (chrono::Utc::now() + chrono::TimeDelta::seconds(seconds)).to_rfc3339()
        }),
    ]
}

fn integer() -> impl Strategy<Value = String> {
    prop_oneof![
        of(&[
            "0",
            "1",
            "2",
            "-1",
            "249",
            "250",
            "251",
            "1000000",
            "1000001",
            "31622400",
            "31622401",
            "2147483646",
            "2147483647",
            "2147483648",
            "-2147483648",
        ]),
        (0_i32..3_000).prop_map(|number| number.to_string()),
    ]
}

fn uuid() -> impl Strategy<Value = String> {
    prop_oneof![
        of(&[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "018f2f6e-5c1c-7000-8000-000000000000",
        ]),
        any::<u128>().prop_map(|bits| uuid::Uuid::from_u128(bits).to_string()),
    ]
}

/// The columns of `supabase_task.runs`, their types, and values for each; `worker` is a live one.
pub(crate) fn column(
    worker: &str,
) -> impl Strategy<Value = (&'static str, &'static str, Option<String>)> {
    fn some(
        columns: &'static [&'static str],
        kind: &'static str,
        values: impl Strategy<Value = String> + 'static,
    ) -> BoxedStrategy<(&'static str, &'static str, Option<String>)> {
        (
            prop::sample::select(columns),
            prop::option::weighted(0.9, values),
        )
            .prop_map(move |(column, value)| (column, kind, value))
            .boxed()
    }
    let workers = vec![
        worker.to_owned(),
        "nobody".to_owned(),
        "x".repeat(300),
        String::new(),
    ];
    prop_oneof![
        3 => some(&["status"], "text", of(&[
            "DELAYED", "QUEUED", "EXECUTING", "WAITING", "COMPLETED", "CANCELED", "FAILED", "CRASHED",
            "EXPIRED", "TIMED_OUT", "PAUSED", "",
        ])),
        3 => some(&["payload", "output"], "json", json()),
        2 => some(&["attempts", "error", "metadata"], "jsonb", jsonb()),
        2 => some(&["tags"], "text[]", tags()),
        4 => some(&[
            "created_at", "run_at", "expires_at", "started_at", "finished_at", "ticket_at",
            "executing_since", "pending_expiry", "idempotency_expires_at", "parked_at",
        ], "timestamptz", time()),
        4 => some(&["priority", "max_attempts", "attempt", "ticket", "delivery"], "integer", integer()),
        2 => some(&["job_id", "parked_order"], "bigint", integer()),
        2 => some(&["worker", "held_by"], "text", prop::sample::select(workers)),
        1 => some(&["quarantined", "awaited"], "boolean", of(&["true", "false"])),
        1 => some(&["user_id", "parent_run_id"], "uuid", uuid()),
        1 => some(&["auth"], "text", of(&["user", "service", "anon", "root"])),
        2 => some(&["queue", "concurrency_key", "idempotency_key", "idempotency_slot", "task_id"],
            "text", text()),
        1 => some(&["trace_id"], "text", of(&["", "0af7651916cd43dd8448eb211c80319c", "g"])),
    ]
}

/// Options of a trigger from SQL.
pub(crate) fn options() -> impl Strategy<Value = String> {
    let text = text().prop_map(|text| serde_json::Value::from(text).to_string());
    let time = time().prop_map(|text| serde_json::Value::from(text).to_string());
    let tags = prop::collection::vec(json(), 0..3).prop_map(|tags| format!("[{}]", tags.join(",")));
    let option = prop_oneof![
        (
            of(&["concurrency_key", "idempotency_key", "trace_id"]),
            text
        ),
        (of(&["run_at"]), time),
        (
            of(&["delay", "ttl", "idempotency_ttl"]),
            of(&[
                "\"1 second\"",
                "0",
                "-1",
                "\"366 days\"",
                "\"367 days\"",
                "\"1e30 years\"",
                "{}",
                "\"\"",
            ])
        ),
        (of(&["priority", "max_attempts"]), integer()),
        (of(&["tags"]), tags),
        (of(&["metadata"]), jsonb()),
        (
            of(&[
                "delay",
                "run_at",
                "idempotency_key",
                "idempotency_ttl",
                "tags",
                "metadata",
                "priority",
                "max_attempts",
                "ttl",
                "concurrency_key",
                "trace_id",
                "other",
            ]),
            json()
        ),
    ];
    prop::collection::vec(option, 0..3).prop_map(|options| {
        let options: Vec<_> = options
            .into_iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", options.join(","))
    })
}
