//! [`OddColumns`]: columns with arbitrary names.

use std::collections::BTreeSet;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use supabase_task::client::{Is, ServiceClient, column, identifier};

use crate::values::text;

/// A table of columns with generated names.
pub(crate) struct OddColumns {
    names: Vec<String>,
}

impl OddColumns {
    /// The given number of distinct names. PostgreSQL truncates names to 63 bytes.
    pub(crate) fn generate(runner: &mut TestRunner, count: usize) -> Self {
        // The stand-in treats `$1` in a name as a parameter of its statement.
        let usable = |name: &String| {
            !name.is_empty() && name.len() <= 63 && name != "id" && !name.contains('$')
        };
        let strategy = text();
        let mut names = BTreeSet::new();
        while names.len() < count {
            names.extend(Some(strategy.new_tree(runner).unwrap().current()).filter(usable));
        }
        Self {
            names: names.into_iter().collect(),
        }
    }

    pub(crate) fn sql(&self) -> String {
        let columns = self
            .names
            .iter()
            .map(|name| format!("\"{}\" text", name.replace('"', "\"\"")));
        let columns: Vec<_> = columns.collect();
        format!(
            "create table public.odd (id bigint primary key, {});",
            columns.join(", ")
        )
    }

    /// Writes, selects and filters each column. Each use of a name is a case.
    pub(crate) async fn check(
        self,
        supabase: &ServiceClient,
        runner: &mut TestRunner,
        concurrency: usize,
    ) -> usize {
        let mut cases = 0;
        let names: Vec<_> = self.names.into_iter().enumerate().collect();
        for names in names.chunks(concurrency) {
            let mut checks = tokio::task::JoinSet::new();
            for (index, name) in names {
                let value = text().new_tree(runner).unwrap().current();
                let (supabase, name) = (supabase.clone(), name.clone());
                let id = i64::try_from(*index).unwrap();
                checks.spawn(async move { check_column(&supabase, id, &name, &value).await });
            }
            cases += checks.join_all().await.into_iter().sum::<usize>();
        }
        cases
    }
}

async fn check_column(supabase: &ServiceClient, id: i64, name: &str, value: &str) -> usize {
    let odd = || supabase.from("odd");
    let quoted = identifier(name);
    let row = Map::from_iter([
        ("id".to_owned(), json!(id)),
        (name.to_owned(), json!(value)),
    ]);
    odd().insert(&row).await.unwrap();

    let read = odd()
        .select(&format!("id,{quoted}"))
        .eq(&quoted, value)
        .eq("id", id)
        .single::<Value>()
        .await;
    assert_eq!(
        read.unwrap_or_default(),
        Value::Object(row),
        "{name:?} = {value:?}"
    );

    let other = odd().select("id").eq("id", id).is(&quoted, Is::Null);
    assert_eq!(
        other.rows::<Value>().await.unwrap(),
        [Value::Null; 0],
        "{name:?} is null"
    );

    let mut cases = 4;
    // The stand-in splits a tree's elements at the first dot, quoted or not.
    if !name.contains('.') {
        let either = [column(&quoted).eq(value), column("id").lt(0)];
        let found = odd()
            .select("id")
            .eq("id", id)
            .or(either)
            .rows::<Value>()
            .await;
        assert_eq!(found.unwrap(), [json!({ "id": id })], "{name:?} in a tree");
        cases += 1;
    }
    let update = Map::from_iter([(name.to_owned(), json!(null))]);
    let updated = odd().update(&update).eq(&quoted, value).eq("id", id);
    assert_eq!(
        updated.affected_rows().await.unwrap(),
        1,
        "{name:?} updated"
    );
    cases + 1
}
