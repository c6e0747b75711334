//! [`TextSearch`]: how a text search reads its query.

use std::borrow::Cow;

/// How [`text_search`](super::Query::text_search) reads its query, and in which language.
///
/// <https://docs.postgrest.org/en/stable/references/api/tables_views.html#full-text-search>
///
/// ```
/// use supabase_task::client::TextSearch;
///
/// let search = TextSearch::websearch().config("english");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TextSearch {
    operator: &'static str,
    config: Option<Cow<'static, str>>,
}

impl TextSearch {
    /// The query is a `tsquery` such as `'fat' & ('cat' | 'rat')`; the server refuses anything else.
    /// The same as `TextSearch::default()`.
    pub const fn new() -> Self {
        Self::with("fts")
    }

    /// All words of the query must occur (`plainto_tsquery`).
    pub const fn plain() -> Self {
        Self::with("plfts")
    }

    /// The words of the query must follow one another (`phraseto_tsquery`).
    pub const fn phrase() -> Self {
        Self::with("phfts")
    }

    /// The query is written as for a search engine: `"fat cat" or -dog` (`websearch_to_tsquery`). It is
    /// never an error.
    pub const fn websearch() -> Self {
        Self::with("wfts")
    }

    /// Sets the text search configuration, which is usually a language: `english`. By default it is
    /// the database's.
    pub fn config(mut self, config: impl Into<Cow<'static, str>>) -> Self {
        self.config = Some(config.into());
        self
    }

    const fn with(operator: &'static str) -> Self {
        Self {
            operator,
            config: None,
        }
    }

    /// `fts`, `wfts(english)`
    pub(super) fn into_operator(self) -> Result<Cow<'static, str>, String> {
        match self.config {
            None => Ok(Cow::Borrowed(self.operator)),
            Some(config) if is_configuration(&config) => {
                Ok(Cow::Owned(format!("{}({config})", self.operator)))
            }
            Some(config) => Err(format!(
                "`{}` cannot be the name of a text search configuration",
                config.escape_debug()
            )),
        }
    }
}

impl Default for TextSearch {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns whether PostgREST reads `text` as a name in the parentheses of an operator.
pub(super) fn is_configuration(text: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '$');
    !text.trim().is_empty() && text.chars().all(in_name)
}
