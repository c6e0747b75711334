//! The expansion of `#[derive(Row)]` is clean under the lints that strict crates turn on.

#![deny(
    warnings,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts,
    unused_results
)]
#![forbid(unsafe_code)]

use serde::Deserialize;
use supabase_task::prelude::*;

/// A todo.
#[derive(Debug, Deserialize, Row)]
pub struct Todo {
    /// Its number.
    pub id: i64,
    pub(crate) title: String,
    /// Never used as a filter.
    note: Option<String>,
    /// What it is made of.
    #[row(embed)]
    pub items: Vec<Item>,
    /// No longer in use.
    #[deprecated]
    pub old: bool,
}

/// A part of a todo.
#[derive(Debug, Deserialize, Row)]
pub struct Item {
    /// Its name.
    pub sku: String,
    /// Of a type that is private.
    amount: Amount,
}

#[derive(Debug, Deserialize)]
struct Amount(i32);

/// A module that is private.
mod inner {
    use serde::Deserialize;
    use supabase_task::prelude::*;

    #[derive(Debug, Deserialize, Row)]
    pub(super) struct Inner {
        pub(super) id: i64,
        pub(in super::inner) deep: String,
    }

    impl Inner {
        pub(super) fn into_parts(self) -> (i64, String) {
            (self.id, self.deep)
        }
    }
}

#[deprecated]
#[derive(Debug, Deserialize, Row)]
struct Old {
    id: i64,
}

/// Reads some of them.
///
/// # Errors
///
/// As the server says.
#[supabase_task(auth = "user")]
pub async fn read(_owner: TodoOwner, supabase: UserClient) -> TaskResult<u64> {
    let todos = supabase.table::<Todo>().filter(Todo::title.eq("a"));
    let todos = todos.order(Todo::id.desc()).rows().await?;
    for todo in &todos {
        let _ = &todo.note;
        for item in &todo.items {
            let _ = (&item.sku, item.amount.0);
        }
    }
    supabase.table::<Todo>().count().await.map_err(Into::into)
}

/// Whose they are.
#[derive(Debug, Deserialize, serde::Serialize)]
pub struct TodoOwner {
    user_id: UserId,
}

fn main() {
    let inner = serde_json::from_str::<inner::Inner>(r#"{"id":1,"deep":"a"}"#);
    assert!(inner.is_ok_and(|inner| inner.into_parts() == (1, "a".to_owned())));
    assert_eq!(inner::Inner::SELECT, "id,deep");
}
