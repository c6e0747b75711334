//! Filters: which rows are meant.

use std::collections::HashSet;

use super::condition::Filter;
use super::parts::Parts;
use super::query::{Delete, Filterable, Query, Update};
use super::value::{FilterValue, push_list_element};

/// What [`Query::is`] compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Is {
    /// `IS NULL`
    Null,
    /// `IS NOT NULL`
    NotNull,
    /// `IS TRUE`
    True,
    /// `IS FALSE`
    False,
    /// `IS UNKNOWN`: a boolean that is null.
    Unknown,
}

impl From<bool> for Is {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// A column is its name or a path as PostgREST writes it: `meta->>city`, `items.sku` for an
/// embedded table. Put a name that holds `.`, `,`, `:` or parentheses in double quotes:
/// `"\"a.b\""`. Several filters must all hold.
impl<K: Filterable> Query<K> {
    /// `column = value`
    pub fn eq(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "eq.", &value)
    }

    /// `column <> value`. Not true where the column is NULL.
    pub fn neq(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "neq.", &value)
    }

    /// `column > value`
    pub fn gt(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "gt.", &value)
    }

    /// `column >= value`
    pub fn gte(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "gte.", &value)
    }

    /// `column < value`
    pub fn lt(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "lt.", &value)
    }

    /// `column <= value`
    pub fn lte(self, column: &str, value: impl FilterValue) -> Self {
        self.compare(column, "lte.", &value)
    }

    /// `column LIKE pattern`: `%` stands for any text and `_` for one character; a backslash before
    /// them takes that away. PostgREST reads `*` as `%`.
    pub fn like(self, column: &str, pattern: impl FilterValue) -> Self {
        self.compare(column, "like.", &pattern)
    }

    /// `column ILIKE pattern`: as [`like`](Self::like), whatever the case of letters.
    pub fn ilike(self, column: &str, pattern: impl FilterValue) -> Self {
        self.compare(column, "ilike.", &pattern)
    }

    /// `column IS …`: NULL, not NULL, true, false or unknown.
    ///
    /// ```
    /// # use supabase_task::client::{Is, UserClient};
    /// # fn example(supabase: UserClient) {
    /// let open = supabase.from("todos").select("id").is("finished_at", Is::Null);
    /// # drop(open);
    /// # }
    /// ```
    pub fn is(self, column: &str, value: impl Into<Is>) -> Self {
        let text = match value.into() {
            Is::Null => "is.null",
            Is::NotNull => "not.is.null",
            Is::True => "is.true",
            Is::False => "is.false",
            Is::Unknown => "is.unknown",
        };
        self.with(|parts| add(parts, column, text.to_owned()))
    }

    /// `column IN (values)`. An empty list leaves no row.
    ///
    /// The underscore is there because `in` is a word of the language.
    ///
    /// ```
    /// # use supabase_task::client::UserClient;
    /// # fn example(supabase: UserClient) {
    /// let some = supabase.from("todos").select("id").in_("title", ["one", "two, with a comma"]);
    /// # drop(some);
    /// # }
    /// ```
    pub fn in_<V: FilterValue>(self, column: &str, values: impl IntoIterator<Item = V>) -> Self {
        let mut list = InList::new();
        for value in values {
            list.push(&value);
        }
        self.with(|parts| add(parts, column, list.finish()))
    }

    /// All of `filters` hold: each a [`Filter`] or what becomes one.
    pub fn and<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.with(|parts| Filter::all(filters).add_to(parts, ""))
    }

    /// At least one of `filters` holds: each a [`Filter`] or what becomes one.
    pub fn or<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.with(|parts| Filter::any(filters).add_to(parts, ""))
    }

    fn compare(self, column: &str, operator: &str, value: &dyn FilterValue) -> Self {
        self.with(|parts| {
            // The rest of the parameter is the value as it is: here quotes would be part of it.
            let mut text = String::from(operator);
            value.write_to(&mut text);
            add(parts, column, text);
        })
    }
}

impl Query<Update> {
    /// Says that every row is meant: without a filter nothing else sends an update.
    pub fn all_rows(self) -> Self {
        self.with(Parts::set_guarded)
    }
}

impl Query<Delete> {
    /// Says that every row is meant: without a filter nothing else sends a delete.
    pub fn all_rows(self) -> Self {
        self.with(Parts::set_guarded)
    }
}

/// `in.(…)` without duplicates.
struct InList {
    text: String,
    seen: HashSet<String>,
}

impl InList {
    fn new() -> Self {
        Self {
            text: String::from("in.("),
            seen: HashSet::new(),
        }
    }

    fn push(&mut self, value: &dyn FilterValue) {
        let mut element = String::new();
        value.write_to(&mut element);
        if self.seen.contains(&element) {
            return;
        }
        if !self.seen.is_empty() {
            self.text.push(',');
        }
        push_list_element(&mut self.text, &element);
        self.seen.insert(element);
    }

    fn finish(mut self) -> String {
        self.text.push(')');
        self.text
    }
}

pub(super) fn add(parts: &mut Parts, column: &str, value: String) {
    if column.trim().is_empty() {
        return parts.fail("a filter has no column");
    }
    let (embedded, last) = split_embedded(column);
    // A filter on an embedded table does not say which rows of this one are meant.
    if embedded.is_empty() {
        parts.set_guarded();
    }
    // PostgREST takes these for its own parameters, and Supabase's gateway `apikey` for a key. In
    // quotes a name is always a column's.
    let key = match last {
        "select" | "columns" | "on_conflict" | "order" | "limit" | "offset" | "and" | "or"
        | "apikey" => format!("{embedded}\"{last}\""),
        _ => column.to_owned(),
    };
    parts.append(key, value);
}

/// `items.sku` as `items.` and `sku`. A dot in double quotes or behind a JSON arrow is none.
fn split_embedded(column: &str) -> (&str, &str) {
    let mut quoted = false;
    let mut after_dot = 0;
    for (index, c) in column.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => after_dot = index + 1,
            '-' if !quoted && column[index..].starts_with("->") => break,
            _ => {}
        }
    }
    column.split_at(after_dot)
}
