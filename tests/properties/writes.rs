//! Values that are written and must be read back unchanged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use supabase_task::client::{ClientErrorKind, Order, ServiceClient};

use crate::checks::Id;
use crate::samples::Sample;

/// Replaces the table's rows with `samples`, and compares the result. Each value is a case.
pub(crate) async fn fill(supabase: &ServiceClient, samples: &[Sample]) -> usize {
    supabase.from("samples").delete().all_rows().await.unwrap();
    let rows: Vec<Value> = samples.iter().map(Sample::row).collect();
    supabase.from("samples").insert(&rows).await.unwrap();
    let read = supabase
        .from("samples")
        .select("id,word,maybe,tags,doc,number,big,day,seats,note")
        .order("id", Order::asc())
        .rows::<Value>()
        .await
        .unwrap();
    assert_eq!(read.len(), rows.len());
    for (mut read, mut written) in read.into_iter().zip(rows) {
        // PostgreSQL formats ranges in its own way; the filters check them.
        written.as_object_mut().unwrap().remove("span");
        // It also writes `1` where Rust writes `1.0`, and its JSON has no `-0`.
        for row in [&mut read, &mut written] {
            if let Some(number) = row["number"].as_f64() {
                row["number"] = json!(number + 0.0);
            }
        }
        assert_eq!(read, written);
    }
    samples.len() * 10
}

/// Updates and deletes by value, and calls with values.
pub(crate) async fn check(
    supabase: &ServiceClient,
    samples: &[Sample],
    concurrency: usize,
) -> usize {
    let mut cases = 0;
    for chosen in samples.chunks(concurrency) {
        let mut calls = tokio::task::JoinSet::new();
        for sample in chosen {
            let (supabase, sample) = (supabase.clone(), sample.clone());
            calls.spawn(async move { echo(&supabase, &sample).await });
        }
        cases += calls.join_all().await.into_iter().sum::<usize>();
    }

    let mut left: BTreeMap<i64, &Sample> = samples.iter().map(|s| (s.id, s)).collect();
    for sample in samples.iter().take(12) {
        let word = sample.word.as_str();
        let same: BTreeSet<i64> = left
            .values()
            .filter(|s| s.word == word)
            .map(|s| s.id)
            .collect();
        let ids = |rows: Vec<Id>| rows.into_iter().map(|row| row.id).collect::<BTreeSet<_>>();
        let updated = supabase
            .from("samples")
            .update(json!({ "note": word }))
            .eq("word", word)
            .select("id")
            .rows::<Id>()
            .await
            .unwrap();
        assert_eq!(ids(updated), same, "update by {word:?}");
        let noted = supabase.from("samples").select("id").eq("note", word);
        assert_eq!(ids(noted.rows().await.unwrap()), same, "note {word:?}");
        let deleted = supabase.from("samples").delete().in_("word", [word]);
        let deleted = deleted.affected_rows().await.unwrap();
        assert_eq!(deleted, same.len() as u64, "delete by {word:?}");
        left.retain(|id, _| !same.contains(id));
        cases += 4;
    }
    let remaining = supabase.from("samples").select("id").head().await.unwrap();
    assert_eq!(remaining, left.len() as u64);
    cases
}

/// The same by POST and by GET. Each argument is a case.
async fn echo(supabase: &ServiceClient, sample: &Sample) -> usize {
    // The stand-in reads a null in an array of a body as the text `null`, so there is none here.
    let tags: Vec<_> = sample.tags.iter().flatten().collect();
    let posted = json!({ "word": sample.word, "list": tags, "doc": sample.doc() });
    let answer = supabase.rpc("echo", &posted).execute::<Value>().await;
    assert_eq!(answer.unwrap(), posted);

    let arguments = json!({ "word": sample.word, "list": sample.tags, "doc": sample.doc() });
    let call = supabase.rpc("echo", &arguments).get();
    match call.execute::<Value>().await {
        Ok(answer) => {
            assert_eq!(answer, arguments);
            6
        }
        // Only a value that PostgREST would read as a filter is refused.
        Err(error) => {
            assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
            assert!(sample.word.contains('.'), "{error}: {:?}", sample.word);
            3
        }
    }
}
