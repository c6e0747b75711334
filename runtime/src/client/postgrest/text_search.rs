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
    /// The query is a `tsquery` such as `'fat' & ('cat' | 'rat')`; anything else is an error of the
    /// server's. The same as `TextSearch::default()`.
    pub const fn new() -> Self {
        Self::with("fts")
    }

    /// Every word of the query is wanted (`plainto_tsquery`).
    pub const fn plain() -> Self {
        Self::with("plfts")
    }

    /// The words of the query are wanted one behind the other (`phraseto_tsquery`).
    pub const fn phrase() -> Self {
        Self::with("phfts")
    }

    /// The query is what people type into a search engine: `"fat cat" or -dog`
    /// (`websearch_to_tsquery`). Never an error.
    pub const fn websearch() -> Self {
        Self::with("wfts")
    }

    /// The text search configuration, which most often is a language: `english`. By default the
    /// database's.
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

/// A name as PostgREST reads it in the parentheses of an operator.
pub(super) fn is_configuration(text: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '$');
    !text.trim().is_empty() && text.chars().all(in_name)
}
