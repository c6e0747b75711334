//! A tree as a `SELECT`, in the form of PostgREST's.

use std::iter::once;

use postrust_sql::escape_ident;

use super::condition::{self, OnEmbeds};
use super::node::{Embed, Node};

impl Node<'_> {
    /// Returns the `SELECT` of the node's rows.
    pub(super) fn sql(&self) -> String {
        self.select_sql(&[], Vec::new(), true)
    }

    fn select_sql(&self, joins: &[String], more: Vec<String>, ordered: bool) -> String {
        let of = self.columns();
        let selected: Vec<String> = match self.select.is_empty() && self.embeds.is_empty() {
            true => vec![format!("{}.*", self.row)],
            false => self.select.iter().map(|it| it.sql(&of)).collect(),
        };
        let embedded = self.embeds.iter().flat_map(Embed::columns);
        let columns: Vec<_> = selected.into_iter().chain(more).chain(embedded).collect();
        let laterals: String = self.embeds.iter().map(Embed::lateral).collect();
        let logic = self.logic.iter().map(|it| condition::logic(it, &of, self));
        let mut sql = format!("SELECT {} FROM {}{laterals}", columns.join(", "), self.from);
        sql += &clause(" WHERE ", " AND ", logic.chain(joins.iter().cloned()));
        sql += &clause(" GROUP BY ", ", ", self.groups().into_iter());
        if ordered {
            sql += &clause(" ORDER BY ", ", ", self.order_terms());
        }
        if let Some(limit) = self.range.limit {
            sql += &format!(" LIMIT {limit}");
        }
        if self.range.offset > 0 {
            sql += &format!(" OFFSET {}", self.range.offset);
        }
        sql
    }

    /// What beside the aggregates makes a group.
    fn groups(&self) -> Vec<String> {
        if self.select.iter().all(|it| it.aggregate.is_none()) {
            return Vec::new();
        }
        let of = self.columns();
        let embedded = self.embeds.iter().flat_map(|embed| match embed.spread {
            true => embed.spread_columns(),
            false => vec![escape_ident(&embed.key)],
        });
        let selected = self.select.iter().filter_map(|it| it.group(&of));
        selected.chain(embedded).collect()
    }

    /// Returns a `SELECT` with a row for each row there is without the page.
    pub(super) fn count_sql(&self) -> String {
        self.count_of(&[])
    }

    fn count_of(&self, joins: &[String]) -> String {
        let of = self.columns();
        let counting = Counting(self);
        let logic = self.logic.iter();
        let logic = logic.map(|it| condition::logic(it, &of, &counting));
        let inner = self.embeds.iter().filter(|embed| embed.inner);
        let inner = inner.map(|embed| embed.exists());
        let conditions = logic.chain(joins.iter().cloned()).chain(inner);
        format!("SELECT 1 FROM {}", self.from) + &clause(" WHERE ", " AND ", conditions)
    }
}

impl OnEmbeds for Node<'_> {
    fn is_null(&self, name: &str, negated: bool) -> Option<String> {
        let alias = escape_ident(&self.embed_called(name)?.alias);
        let not = if negated { "" } else { "NOT " };
        Some(format!("{alias} IS {not}DISTINCT FROM NULL"))
    }
}

/// The same where the embeds are not joined.
struct Counting<'n, 'a>(&'n Node<'a>);

impl OnEmbeds for Counting<'_, '_> {
    fn is_null(&self, name: &str, negated: bool) -> Option<String> {
        let exists = self.0.embed_called(name)?.exists();
        Some(if negated {
            exists
        } else {
            format!("NOT {exists}")
        })
    }
}

impl Embed<'_> {
    fn exists(&self) -> String {
        format!("EXISTS ({})", self.node.count_of(&self.joins))
    }

    /// What it gives to the `SELECT` around it.
    fn columns(&self) -> Vec<String> {
        let (alias, key) = (escape_ident(&self.alias), escape_ident(&self.key));
        if self.spread {
            self.spread_columns()
        } else if self.is_empty() {
            Vec::new()
        } else if self.to_one {
            vec![format!("row_to_json({alias}.*)::jsonb AS {key}")]
        } else {
            vec![format!("COALESCE({alias}.{alias}, '[]') AS {key}")]
        }
    }

    /// Returns its join with the rows around it.
    fn lateral(&self) -> String {
        let alias = escape_ident(&self.alias);
        let join = if self.inner { "INNER" } else { "LEFT" };
        let arrays = self.spread && !self.to_one;
        let more = if arrays {
            self.order_columns()
        } else {
            Vec::new()
        };
        let mut rows = self.node.select_sql(&self.joins, more, !arrays);
        let mut on = "TRUE".to_owned();
        if !self.to_one {
            let array = format!("json_agg({alias})::jsonb AS {alias}");
            let columns = if arrays { self.arrays() } else { Vec::new() };
            let columns: Vec<_> = once(array).chain(columns).collect();
            rows = format!("SELECT {} FROM ({rows}) AS {alias}", columns.join(", "));
            if self.inner {
                on = format!("{alias} IS NOT NULL");
            }
        }
        format!(" {join} JOIN LATERAL ({rows}) AS {alias} ON {on}")
    }
}

fn clause(word: &str, separator: &str, parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<_> = parts.collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("{word}{}", parts.join(separator)),
    }
}
