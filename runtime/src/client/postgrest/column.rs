//! [`column`]: the start of a [`Filter`] on a column that no row type describes.

use super::condition::Filter;
use super::value::{FilterValue, push_quoted};

/// A column by its name, to compare: `column("id").eq(7)`.
#[derive(Clone, Debug)]
#[must_use = "a column is no filter yet: compare it, as in `column(\"id\").eq(7)`"]
pub struct UntypedColumn(String);

/// A column, or a JSON path into one, as PostgREST writes it: `meta->>city`.
///
/// Put a name that holds `.`, `,`, `:` or parentheses in double quotes, with [`identifier`].
///
/// ```
/// # use supabase_task::client::{UserClient, column};
/// # fn example(supabase: UserClient) {
/// let some = supabase
///     .from("todos")
///     .select("id")
///     .or([column("id").lt(10), column("title").eq("a, b")]);
/// # drop(some);
/// # }
/// ```
pub fn column(name: impl Into<String>) -> UntypedColumn {
    UntypedColumn(name.into())
}

/// `name` in double quotes, so that whatever it holds it is the name of one column.
///
/// ```
/// assert_eq!(supabase_task::client::identifier("a.b"), r#""a.b""#);
/// ```
pub fn identifier(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    push_quoted(&mut quoted, name);
    quoted
}

impl UntypedColumn {
    /// `column = value`
    pub fn eq(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "eq", &value)
    }

    /// `column <> value`. Not true where the column is NULL.
    pub fn neq(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "neq", &value)
    }

    /// `column > value`
    pub fn gt(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "gt", &value)
    }

    /// `column >= value`
    pub fn gte(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "gte", &value)
    }

    /// `column < value`
    pub fn lt(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "lt", &value)
    }

    /// `column <= value`
    pub fn lte(self, value: impl FilterValue) -> Filter {
        Filter::compare(self.0, "lte", &value)
    }

    /// `column LIKE pattern`: see [`Query::like`](super::Query::like).
    pub fn like(self, pattern: impl FilterValue) -> Filter {
        Filter::compare(self.0, "like", &pattern)
    }

    /// `column ILIKE pattern`: see [`Query::ilike`](super::Query::ilike).
    pub fn ilike(self, pattern: impl FilterValue) -> Filter {
        Filter::compare(self.0, "ilike", &pattern)
    }
}
