//! [`Sample`]: one row of generated values.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::values::{day, number, text};

#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) id: i64,
    pub(crate) word: String,
    pub(crate) maybe: Option<String>,
    pub(crate) tags: Vec<Option<String>>,
    pub(crate) number: f64,
    pub(crate) big: i64,
    pub(crate) day: String,
    /// Includes the lower bound, excludes the upper one.
    pub(crate) span: (String, String),
    pub(crate) seats: (i32, i32),
    /// In `doc`.
    pub(crate) inner: String,
}

impl Sample {
    /// JSON with text in three places.
    pub(crate) fn doc(&self) -> Value {
        json!({
            "s": self.word,
            "n": self.big,
            "l": [self.inner, self.word, null],
            "o": { "k": self.inner },
        })
    }

    /// The row as it is written and as it is read back.
    pub(crate) fn row(&self) -> Value {
        json!({
            "id": self.id,
            "word": self.word,
            "maybe": self.maybe,
            "tags": self.tags,
            "doc": self.doc(),
            "number": json_number(self.number),
            "big": self.big,
            "day": self.day,
            "span": range_literal(&self.span),
            "seats": format!("[{},{})", self.seats.0, self.seats.1),
            "note": null,
        })
    }
}

/// JSON cannot express some numbers: PostgreSQL reads and writes these as strings.
fn json_number(number: f64) -> Value {
    if number.is_nan() {
        json!("NaN")
    } else if number.is_infinite() {
        json!(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else {
        json!(number)
    }
}

/// `["a","b")`, always with quotes. PostgreSQL writes quotes only where they are needed.
fn range_literal((lower, upper): &(String, String)) -> String {
    let quoted = |bound: &str| {
        let escaped = bound.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    format!("[{},{})", quoted(lower), quoted(upper))
}

/// Rows with ids from 1. Some share their word with another row.
pub(crate) fn generate(runner: &mut TestRunner, rows: usize) -> Vec<Sample> {
    let texts = (
        text(),
        prop::option::of(text()),
        prop::collection::vec(prop::option::weighted(0.8, text()), 0..4),
        text(),
    );
    let others = (number(), any::<i64>(), day());
    let ranges = ((text(), text()), (-50..50_i32, 1..20_i32));
    let strategy = (texts, others, ranges);
    let mut samples = Vec::with_capacity(rows);
    for id in 1..=rows {
        let (texts, others, ranges) = strategy.new_tree(runner).unwrap().current();
        let ((word, maybe, tags, inner), (number, big, day)) = (texts, others);
        let ((one, other), (from, seats)) = ranges;
        let (lower, upper) = match one.cmp(&other) {
            std::cmp::Ordering::Less => (one, other),
            std::cmp::Ordering::Greater => (other, one),
            std::cmp::Ordering::Equal => (one.clone(), one + "!"),
        };
        let word = match samples.last() {
            Some(Sample { word, .. }) if id % 11 == 0 => word.clone(),
            _ => word,
        };
        samples.push(Sample {
            id: i64::try_from(id).unwrap(),
            word,
            maybe,
            tags,
            number,
            big,
            day,
            span: (lower, upper),
            seats: (from, from + seats),
            inner,
        });
    }
    samples
}
