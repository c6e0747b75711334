//! One check for each option of a trigger, and one for a task's output. Each error names the value, its
//! size, the limit and the way out.

mod nesting;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use self::nesting::nesting;
use super::new_run::NewRun;
use crate::run::limits::{
    LONGEST, LONGEST_DAYS, MAX_ATTEMPTS, MAX_CONCURRENCY_KEY_CHARS, MAX_IDEMPOTENCY_KEY_BYTES,
    MAX_METADATA_BYTES, MAX_METADATA_DEPTH, MAX_METADATA_NUMBER, MAX_OUTPUT_BYTES,
    MAX_OUTPUT_DEPTH, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH, MAX_PRIORITY_SECONDS, MAX_QUEUE_CHARS,
    MAX_TAG_CHARS, MAX_TAGS, MAX_TASK_ID_CHARS, TRACE_ID_DIGITS,
};

/// `Err` holds the error text.
pub(crate) type Checked = Result<(), String>;

/// Checks everything stored with a run except its payload, whether the trigger or the task set it.
pub(crate) fn run(run: &NewRun) -> Checked {
    name("task id", &run.task_id, MAX_TASK_ID_CHARS)?;
    name("queue name", &run.queue, MAX_QUEUE_CHARS)?;
    if let Some(key) = &run.concurrency_key {
        concurrency_key(key)?;
    }
    if let Some(idempotency) = &run.idempotency {
        idempotency_key(&idempotency.key)?;
        duration("idempotency_ttl", idempotency.ttl)?;
    }
    tags(&run.tags)?;
    metadata(&run.metadata)?;
    priority(run.priority)?;
    max_attempts(run.max_attempts)?;
    if let Some(delay) = run.delay {
        duration("delay", delay)?;
    }
    if let Some(ttl) = run.ttl {
        duration("ttl", ttl)?;
    }
    run.run_at.map_or(Ok(()), |time| due("run_at", time))
}

/// Checks a payload, given as JSON.
pub(crate) fn payload(json: &str) -> Checked {
    let way_out = "put large data into Storage and its path into the payload";
    bytes("the payload", json.len(), MAX_PAYLOAD_BYTES, way_out)?;
    levels("the payload", nesting(json), MAX_PAYLOAD_DEPTH)
}

/// Checks a task's output, given as JSON.
pub(crate) fn output(task_id: &str, json: &str) -> Checked {
    let what = format!("the output of task `{task_id}`");
    let way_out = "put large data into Storage and return its path";
    bytes(&what, json.len(), MAX_OUTPUT_BYTES, way_out)?;
    levels(&what, nesting(json), MAX_OUTPUT_DEPTH)
}

/// Checks a concurrency key. An empty key is valid: its runs share a limit, and runs without a key do not
/// count for it.
pub(crate) fn concurrency_key(key: &str) -> Checked {
    let characters = key.chars().count();
    if characters > MAX_CONCURRENCY_KEY_CHARS {
        return Err(format!(
            "the concurrency key has {characters} characters, and the limit is \
             {MAX_CONCURRENCY_KEY_CHARS}: use a hash of it"
        ));
    }
    no_nul("the concurrency key", key)
}

/// Checks the time when a run is due, which the error calls `what`.
pub(crate) fn due(what: &str, time: DateTime<Utc>) -> Checked {
    let ahead = (time - Utc::now()).to_std();
    match ahead.is_ok_and(|ahead| ahead > LONGEST) {
        true => Err(format!(
            "{what} is {time}, and the limit is {LONGEST_DAYS} days from now: trigger the run \
             later, or give its task a schedule"
        )),
        false => Ok(()),
    }
}

pub(crate) fn trace_id(id: &str) -> Checked {
    match id.len() == TRACE_ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(format!(
            "the trace id {} is not {TRACE_ID_DIGITS} hexadecimal digits, as W3C Trace \
             Context requires",
            shown(id)
        )),
    }
}

fn name(what: &str, name: &str, most: usize) -> Checked {
    characters(what, name, most, "choose another name")
}

fn characters(what: &str, text: &str, most: usize, way_out: &str) -> Checked {
    let characters = text.chars().count();
    let what = format!("the {what} {}", shown(text));
    if !(1..=most).contains(&characters) {
        return Err(format!(
            "{what} has {characters} characters, and the limits are 1 and {most}: {way_out}"
        ));
    }
    no_nul(&what, text)
}

fn idempotency_key(key: &str) -> Checked {
    if key.is_empty() {
        return Err(format!(
            "the idempotency key is empty, and the limits are 1 and {MAX_IDEMPOTENCY_KEY_BYTES} \
             bytes: leave it out to trigger without one"
        ));
    }
    let way_out = "use a hash of it";
    let most = MAX_IDEMPOTENCY_KEY_BYTES;
    bytes("the idempotency key", key.len(), most, way_out)?;
    no_nul("the idempotency key", key)
}

fn tags(tags: &[String]) -> Checked {
    if tags.len() > MAX_TAGS {
        return Err(format!(
            "the run has {} tags, and the limit is {MAX_TAGS}: put the others into its metadata",
            tags.len()
        ));
    }
    tags.iter().try_for_each(|tag| self::tag(tag))
}

fn tag(tag: &str) -> Checked {
    let way_out = "put longer texts into the run's metadata";
    characters("tag", tag, MAX_TAG_CHARS, way_out)
}

fn metadata(metadata: &Map<String, Value>) -> Checked {
    let found = Found::in_all_of(metadata);
    // Checked before serialization, which recurses as deep as the metadata is nested.
    levels("the metadata", found.levels, MAX_METADATA_DEPTH)?;
    if found.nul {
        return nul("the metadata");
    }
    if found.large_number {
        return Err(format!(
            "the metadata has a number beyond ±{MAX_METADATA_NUMBER:e}: write it as a string"
        ));
    }
    let json = serde_json::to_string(metadata).map_err(|error| format!("the metadata: {error}"))?;
    let way_out = "put large data into the payload, or into Storage";
    bytes("the metadata", json.len(), MAX_METADATA_BYTES, way_out)
}

/// What metadata contains, at any depth.
#[derive(Default)]
struct Found {
    levels: usize,
    nul: bool,
    large_number: bool,
}

impl Found {
    fn in_all_of(metadata: &Map<String, Value>) -> Self {
        let mut found = Self::default();
        // An explicit stack, because metadata may be nested too deeply for the thread's.
        let mut rest = Vec::new();
        found.enter(metadata, 1, &mut rest);
        while let Some((value, around)) = rest.pop() {
            match value {
                Value::String(text) => found.nul |= text.contains('\0'),
                Value::Number(number) => {
                    let number = number.as_f64().map(f64::abs);
                    found.large_number |= number.is_none_or(|number| number > MAX_METADATA_NUMBER);
                }
                Value::Array(items) => {
                    found.levels = found.levels.max(around + 1);
                    rest.extend(items.iter().map(|item| (item, around + 1)));
                }
                Value::Object(fields) => found.enter(fields, around + 1, &mut rest),
                Value::Null | Value::Bool(_) => {}
            }
        }
        found
    }

    /// Visits an object whose fields are `level` levels deep.
    fn enter<'a>(
        &mut self,
        fields: &'a Map<String, Value>,
        level: usize,
        rest: &mut Vec<(&'a Value, usize)>,
    ) {
        self.levels = self.levels.max(level);
        self.nul |= fields.keys().any(|key| key.contains('\0'));
        rest.extend(fields.values().map(|value| (value, level)));
    }
}

fn priority(seconds: u32) -> Checked {
    match seconds > MAX_PRIORITY_SECONDS {
        true => Err(format!(
            "priority is {seconds} seconds, and the limit is {MAX_PRIORITY_SECONDS} \
             ({LONGEST_DAYS} days): choose a smaller head start"
        )),
        false => Ok(()),
    }
}

fn max_attempts(attempts: u32) -> Checked {
    match (1..=MAX_ATTEMPTS).contains(&attempts) {
        true => Ok(()),
        false => Err(format!(
            "max_attempts is {attempts}, and the limits are 1 and {MAX_ATTEMPTS}: the first \
             attempt counts too"
        )),
    }
}

fn duration(what: &str, duration: Duration) -> Checked {
    match duration > LONGEST {
        true => Err(format!(
            "{what} is {} seconds, and the limit is {} ({LONGEST_DAYS} days): choose a shorter time",
            duration.as_secs(),
            LONGEST.as_secs()
        )),
        false => Ok(()),
    }
}

fn bytes(what: &str, bytes: usize, most: usize, way_out: &str) -> Checked {
    match bytes > most {
        true => Err(format!(
            "{what} has {bytes} bytes, and the limit is {most}: {way_out}"
        )),
        false => Ok(()),
    }
}

fn levels(what: &str, levels: usize, most: usize) -> Checked {
    match levels > most {
        true => Err(format!(
            "{what} is nested {levels} levels deep, and the limit is {most}: make it flatter, for \
             example a list of items that name their parent"
        )),
        false => Ok(()),
    }
}

fn no_nul(what: &str, text: &str) -> Checked {
    match text.contains('\0') {
        true => nul(what),
        false => Ok(()),
    }
}

fn nul(what: &str) -> Checked {
    Err(format!(
        "{what} contains a NUL character, which PostgreSQL cannot store: remove it"
    ))
}

/// Quotes the start of a value, for an error text.
fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;

    let start: String = text.chars().take(SHOWN_CHARS).collect();
    match start.len() < text.len() {
        true => format!("{start:?}…"),
        false => format!("{start:?}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    fn refused(checked: Checked, parts: &[&str]) {
        let text = checked.unwrap_err();
        for part in parts {
            assert!(text.contains(part), "no `{part}` in `{text}`");
        }
        assert!(text.len() < 400, "{text}");
    }

    fn array(levels: usize) -> String {
        "[".repeat(levels) + &"]".repeat(levels)
    }

    #[test]
    fn a_payload_is_refused_one_byte_and_one_level_above_the_limits() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        payload(&text(MAX_PAYLOAD_BYTES)).unwrap();
        let told = ["the payload", "3145729 bytes", "3145728", "Storage"];
        refused(payload(&text(MAX_PAYLOAD_BYTES + 1)), &told);
        payload(&array(100)).unwrap();
        let told = ["the payload", "101 levels", "100", "flatter"];
        refused(payload(&array(101)), &told);
    }

    #[test]
    fn an_output_is_refused_with_its_task_and_the_way_out() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        output("report", &text(MAX_OUTPUT_BYTES)).unwrap();
        let told = ["task `report`", "10485761 bytes", "10485760", "Storage"];
        refused(output("report", &text(MAX_OUTPUT_BYTES + 1)), &told);
        output("report", &array(100)).unwrap();
        let told = ["task `report`", "101 levels", "100"];
        refused(output("report", &array(101)), &told);
    }

    #[test]
    fn a_key_a_tag_and_a_name_are_counted_and_have_no_nul() {
        idempotency_key(&"k".repeat(2_048)).unwrap();
        refused(idempotency_key(""), &["idempotency key is empty"]);
        refused(idempotency_key(&"k".repeat(2_049)), &["2049", "2048"]);
        // Bytes here, characters below.
        refused(idempotency_key(&"ä".repeat(1_025)), &["2050", "2048"]);

        concurrency_key("").unwrap();
        concurrency_key(&"ä".repeat(256)).unwrap();
        refused(concurrency_key(&"k".repeat(257)), &["257", "256", "hash"]);

        tag(&"ä".repeat(128)).unwrap();
        refused(tag(""), &["the tag \"\"", "0 characters", "1 and 128"]);
        refused(tag(&"t".repeat(129)), &["129 characters", "1 and 128"]);
        let eleven = vec!["t".to_owned(); 11];
        tags(&eleven[..10]).unwrap();
        refused(tags(&eleven), &["11 tags", "10", "metadata"]);

        name("queue name", &"q".repeat(128), MAX_QUEUE_CHARS).unwrap();
        let long = name("queue name", &"q".repeat(129), MAX_QUEUE_CHARS);
        refused(long, &["the queue name", "129 characters", "1 and 128"]);

        let nul = "contains a NUL character, which PostgreSQL cannot store";
        refused(tag("a\0b"), &[r#"the tag "a\0b""#, nul]);
        refused(idempotency_key("a\0b"), &["the idempotency key", nul]);
        refused(concurrency_key("a\0b"), &["the concurrency key", nul]);
        let name = name("task id", "a\0b", MAX_TASK_ID_CHARS);
        refused(name, &["the task id", nul]);
    }

    #[test]
    fn metadata_has_a_size_a_depth_no_nul_and_no_number_beyond_an_f64() {
        let nested =
            |levels| object(json!({ "a": (2..levels).fold(json!([]), |v, _| json!([v])) }));
        metadata(&nested(64)).unwrap();
        refused(metadata(&nested(65)), &["65 levels", "64"]);

        let large = |bytes: usize| object(json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) }));
        metadata(&large(MAX_METADATA_BYTES)).unwrap();
        let told = ["the metadata", "262145 bytes", "262144"];
        refused(metadata(&large(MAX_METADATA_BYTES + 1)), &told);

        let nul = "the metadata contains a NUL character";
        refused(metadata(&object(json!({ "a": [{ "b": "\0" }] }))), &[nul]);
        refused(metadata(&object(json!({ "a": [{ "\0": 1 }] }))), &[nul]);
        // This only looks like a NUL character.
        metadata(&object(json!({ "a": "\\u0000" }))).unwrap();

        metadata(&object(json!({ "a": [1e300, -1e300, i64::MIN, u64::MAX] }))).unwrap();
        refused(metadata(&object(json!({ "a": [1.1e300] }))), &["1e300"]);
        refused(metadata(&object(json!({ "a": -f64::MAX }))), &["1e300"]);
    }

    #[test]
    fn numbers_and_times_are_refused_beyond_their_limits() {
        priority(31_622_400).unwrap();
        refused(priority(31_622_401), &["priority", "31622401", "366 days"]);
        max_attempts(250).unwrap();
        refused(max_attempts(0), &["max_attempts is 0", "1 and 250"]);
        refused(max_attempts(251), &["max_attempts is 251", "1 and 250"]);
        duration("ttl", LONGEST).unwrap();
        refused(duration("ttl", Duration::MAX), &["ttl is", "366 days"]);

        let days = |days| Utc::now() + TimeDelta::days(days);
        due("run_at", days(366)).unwrap();
        due("run_at", DateTime::<Utc>::MIN_UTC).unwrap();
        refused(due("run_at", days(367)), &["run_at is", "366 days"]);
        let never = DateTime::<Utc>::MAX_UTC;
        refused(due("run_at", never), &["run_at is", "366 days"]);

        trace_id(&"aF09".repeat(8)).unwrap();
        for wrong in ["", "x", &"g".repeat(32), &"a".repeat(31), &"ä".repeat(16)] {
            refused(trace_id(wrong), &["the trace id", "32 hexadecimal digits"]);
        }
        refused(trace_id(&"a".repeat(1_000_000)), &["…"]);
    }
}
