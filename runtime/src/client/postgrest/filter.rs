//! [`Filter`]: a condition on rows as a value, either a single one or a tree of them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Not;

use super::collection::{CollectionValue, array_of};
use super::is::Is;
use super::name::{ColumnPath, own_column};
use super::parts::Parts;
use super::text_search::TextSearch;
use super::value::{FilterValue, InList, push_list_element};
use crate::client::texts::enum_with_texts;

/// A condition on rows: one comparison, or several joined by `and`, `or` and `not`.
///
/// Made from a [`column`](super::column) or from a typed column of a row. Values are quoted
/// wherever they could be mistaken for a part of the condition.
///
/// ```
/// # use supabase_task::client::{Filter, UserClient, column};
/// # fn example(supabase: UserClient) {
/// let urgent = Filter::all([column("priority").gte(3), !column("title").like("draft%")]);
/// let todos = supabase.from("todos").select("id").or([urgent, column("pinned").eq(true)]);
/// # drop(todos);
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a filter does nothing until a query takes it"]
pub struct Filter(Node);

#[derive(Clone)]
enum Node {
    Compare {
        column: String,
        negated: bool,
        operator: Cow<'static, str>,
        operand: Operand,
    },
    Join {
        negated: bool,
        join: Join,
        filters: Vec<Filter>,
    },
    /// A mistake, which is reported when the query is sent.
    Invalid(Cow<'static, str>),
}

/// The operand that follows an operator's dot.
#[derive(Clone)]
pub(crate) enum Operand {
    /// A value: as it is at the end of a parameter, quoted inside a tree.
    Text(String),
    /// An operand with its own grammar, which is written the same way everywhere: `(a,"b,c")`, `null`.
    Verbatim(Cow<'static, str>),
}

enum_with_texts! {
    /// How filters are joined.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Join {
        And = "and",
        Or = "or",
    }
}

impl Filter {
    /// Returns a filter that holds where all of `filters` hold.
    ///
    /// An empty list is an error when the query is sent, because PostgREST cannot express it.
    pub fn all<F: Into<Self>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::join(Join::And, filters)
    }

    /// Returns a filter that holds where at least one of `filters` holds.
    ///
    /// An empty list is an error when the query is sent, because PostgREST cannot express it.
    pub fn any<F: Into<Self>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::join(Join::Or, filters)
    }

    /// `column operator operand`; the operator without its dots: `eq`, `like(any)`, `fts(english)`.
    pub(crate) fn new(
        column: impl Into<String>,
        operator: impl Into<Cow<'static, str>>,
        operand: Operand,
    ) -> Self {
        Self(Node::Compare {
            column: column.into(),
            negated: false,
            operator: operator.into(),
            operand,
        })
    }

    /// `column operator value`.
    pub(crate) fn compare(
        column: impl Into<String>,
        operator: impl Into<Cow<'static, str>>,
        value: impl FilterValue,
    ) -> Self {
        let mut text = String::new();
        value.write_to(&mut text);
        Self::new(column, operator, Operand::Text(text))
    }

    /// `column operator collection`.
    pub(crate) fn collection(
        column: impl Into<String>,
        operator: impl Into<Cow<'static, str>>,
        value: impl CollectionValue,
    ) -> Self {
        let mut text = String::new();
        value.write_to(&mut text);
        Self::new(column, operator, Operand::Text(text))
    }

    /// `column operator {value,…}`.
    pub(crate) fn quantified(
        column: impl Into<String>,
        operator: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item: FilterValue>,
    ) -> Self {
        Self::new(column, operator, Operand::Text(array_of(values)))
    }

    /// `column IN (values)`.
    pub(crate) fn in_list(
        column: impl Into<String>,
        values: impl IntoIterator<Item: FilterValue>,
    ) -> Self {
        let mut list = InList::new();
        for value in values {
            list.push(&value);
        }
        Self::new(column, "in", Operand::Verbatim(list.finish().into()))
    }

    /// `column NOT IN (values)`.
    pub(crate) fn not_in_list(
        column: impl Into<String>,
        values: impl IntoIterator<Item: FilterValue>,
    ) -> Self {
        !Self::in_list(column, values)
    }

    /// `column IS …`
    pub(crate) fn is(column: impl Into<String>, value: impl Into<Is>) -> Self {
        let value = value.into();
        let filter = Self::new(column, "is", Operand::Verbatim(value.as_str().into()));
        if value == Is::NotNull {
            !filter
        } else {
            filter
        }
    }

    /// `column @@ query`
    pub(crate) fn text_search(
        column: impl Into<String>,
        query: impl FilterValue,
        search: TextSearch,
    ) -> Self {
        match search.into_operator() {
            Ok(operator) => Self::compare(column, operator, query),
            Err(mistake) => Self::invalid(mistake),
        }
    }

    /// The opposite of [`raw`](Self::raw).
    pub(crate) fn not_raw(
        column: impl Into<String>,
        operator: &str,
        value: impl FilterValue,
    ) -> Self {
        !Self::raw(column, operator, value)
    }

    /// An invalid filter: sending the query fails with `mistake`.
    pub(crate) fn invalid(mistake: impl Into<Cow<'static, str>>) -> Self {
        Self(Node::Invalid(mistake.into()))
    }

    pub(crate) fn join<F: Into<Self>>(join: Join, filters: impl IntoIterator<Item = F>) -> Self {
        Self(Node::Join {
            negated: false,
            join,
            filters: filters.into_iter().map(Into::into).collect(),
        })
    }

    /// Adds this filter to a query, on the embedded table `table` unless that is empty.
    pub(super) fn add_to(self, parts: &mut Parts, table: &str) {
        let prefix = match table {
            "" => String::new(),
            table => format!("{table}."),
        };
        match self.0 {
            Node::Compare {
                column,
                negated,
                operator,
                operand,
            } => {
                let not = if negated { "not." } else { "" };
                // The rest of the parameter is the value as it is: quotes would be part of it.
                let value = match &operand {
                    Operand::Text(text) => text.as_str(),
                    Operand::Verbatim(text) => text,
                };
                let value = [not, &operator, ".", value].concat();
                match ColumnPath::parse(&column) {
                    Ok(path) => parts.add_filter(&prefix, &path, value),
                    Err(mistake) => parts.fail(mistake),
                }
            }
            Node::Invalid(mistake) => parts.fail(mistake),
            Node::Join {
                negated,
                join,
                mut filters,
            } => {
                // A single filter is written without a join: `a=eq.1`, not `and=(a.eq.1)`.
                if filters.len() == 1
                    && let Some(only) = filters.pop()
                {
                    let only = if negated { !only } else { only };
                    return only.add_to(parts, table);
                }
                let not = if negated { "not." } else { "" };
                let mut tree = String::new();
                match push_list(&mut tree, join, &filters) {
                    Ok(()) => {
                        if table.is_empty() {
                            parts.set_guarded();
                        }
                        parts.append(format!("{prefix}{not}{}", join.as_str()), tree);
                    }
                    Err(mistake) => parts.fail(mistake),
                }
            }
        }
    }

    /// Appends the filter as an element of a tree: `title.eq."a,b"`, `not.or(a.eq.1,b.eq.2)`.
    fn push_to(&self, tree: &mut String) -> Result<(), Cow<'static, str>> {
        match &self.0 {
            Node::Invalid(mistake) => Err(mistake.clone()),
            Node::Compare {
                column,
                negated,
                operator,
                operand,
            } => {
                tree.push_str(&own_column(column)?);
                tree.push_str(if *negated { ".not." } else { "." });
                tree.push_str(operator);
                tree.push('.');
                match operand {
                    Operand::Text(text) => push_list_element(tree, text),
                    Operand::Verbatim(text) => tree.push_str(text),
                }
                Ok(())
            }
            Node::Join {
                negated,
                join,
                filters,
            } => {
                tree.push_str(if *negated { "not." } else { "" });
                tree.push_str(join.as_str());
                push_list(tree, *join, filters)
            }
        }
    }
}

fn push_list(tree: &mut String, join: Join, filters: &[Filter]) -> Result<(), Cow<'static, str>> {
    if filters.is_empty() {
        return Err(format!("`{}` needs at least one filter", join.as_str()).into());
    }
    for (index, filter) in filters.iter().enumerate() {
        tree.push(if index == 0 { '(' } else { ',' });
        filter.push_to(tree)?;
    }
    tree.push(')');
    Ok(())
}

impl Not for Filter {
    type Output = Self;

    /// Returns the filter that holds where this one does not. Neither holds where a compared column is
    /// NULL.
    fn not(mut self) -> Self {
        if let Node::Compare { negated, .. } | Node::Join { negated, .. } = &mut self.0 {
            *negated = !*negated;
        }
        self
    }
}

// Values are the user's data.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Node::Compare {
                column, operator, ..
            } => f
                .debug_struct("Filter")
                .field("column", column)
                .field("operator", operator)
                .finish_non_exhaustive(),
            Node::Join { join, filters, .. } => f
                .debug_struct("Filter")
                .field("join", join)
                .field("filters", filters)
                .finish_non_exhaustive(),
            Node::Invalid(mistake) => f.debug_tuple("Filter").field(mistake).finish(),
        }
    }
}
