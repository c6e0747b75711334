//! Spread embeds, whose columns are in the row around them.

use postrust_sql::escape_ident;

use super::node::{Embed, Node};
use super::order;

impl Embed<'_> {
    /// The keys that it gives to the row around it.
    pub(super) fn keys(&self) -> Vec<String> {
        let of_embed = |embed: &Embed<'_>| match embed.spread {
            true => embed.keys(),
            false if embed.is_empty() => Vec::new(),
            false => vec![embed.key.clone()],
        };
        let selected = self.node.select.iter().map(|it| it.key().to_owned());
        selected
            .chain(self.node.embeds.iter().flat_map(of_embed))
            .collect()
    }

    /// Returns them as they are in the `SELECT` around it.
    pub(super) fn spread_columns(&self) -> Vec<String> {
        let alias = escape_ident(&self.alias);
        let column = |key: String| match key.as_str() {
            "*" => format!("{alias}.*"),
            key => format!("{alias}.{}", escape_ident(key)),
        };
        self.keys().into_iter().map(column).collect()
    }

    /// The columns of all rows, each as one array.
    pub(super) fn arrays(&self) -> Vec<String> {
        let alias = escape_ident(&self.alias);
        let terms = self.node.order.iter().enumerate().map(|(at, term)| {
            let suffix = order::suffix(term);
            format!("{alias}.{}{suffix}", escape_ident(&self.order_key(at)))
        });
        let terms: Vec<_> = terms.collect();
        let order = match terms.is_empty() {
            true => String::new(),
            false => format!(" ORDER BY {}", terms.join(", ")),
        };
        let array = |key: String| {
            let key = escape_ident(&key);
            format!("COALESCE(json_agg({alias}.{key}{order}),'[]')::jsonb AS {key}")
        };
        self.keys().into_iter().map(array).collect()
    }

    /// What the arrays are ordered by, as columns of each row: after the rows have become arrays, nothing else
    /// of them is left.
    pub(super) fn order_columns(&self) -> Vec<String> {
        let column = |(at, term)| {
            let key = escape_ident(&self.order_key(at));
            format!("{} AS {key}", self.node.order_column(term))
        };
        self.node.order.iter().enumerate().map(column).collect()
    }

    fn order_key(&self, at: usize) -> String {
        format!("{}_order_{at}", self.alias)
    }

    /// Whether it has no columns and only asks for its rows, as `todos!inner()` does.
    pub(super) fn is_empty(&self) -> bool {
        self.node.is_empty()
    }
}

impl Node<'_> {
    fn is_empty(&self) -> bool {
        self.select.is_empty() && self.embeds.iter().all(Embed::is_empty)
    }
}
