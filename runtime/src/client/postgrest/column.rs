//! [`column`]: the start of a [`Filter`] on a column that no row type describes.

use super::collection::CollectionValue;
use super::filter::Filter;
use super::is::Is;
use super::operators::operators;
use super::text_search::TextSearch;
use super::value::{FilterValue, quoted};

/// A column given by name, to compare with a value: `column("id").eq(7)`.
#[derive(Clone, Debug)]
#[must_use = "a column is no filter yet: compare it, as in `column(\"id\").eq(7)`"]
pub struct UntypedColumn(String);

/// Returns a column, or a JSON path into one, given in PostgREST's notation: `meta->>city`.
///
/// Put a name that contains `.`, `->` or double quotes in double quotes, with [`identifier`].
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

/// Returns `name` in double quotes, so that it is the name of one column, whatever it contains.
///
/// ```
/// assert_eq!(supabase_task::client::identifier("a.b"), r#""a.b""#);
/// ```
pub fn identifier(name: &str) -> String {
    quoted(name)
}

macro_rules! operators_of_column {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),+) => $build:ident($($operator:literal)?);
    )+) => {
        impl UntypedColumn {$(
            $(#[$doc])*
            pub fn $name(self, $($argument: $type),+) -> Filter {
                Filter::$build(self.0, $($operator,)? $($argument),+)
            }
        )+}
    };
}

operators!(operators_of_column);
