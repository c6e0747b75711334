//! The tree of a request: a relation, what is selected of it, and the relations it embeds.

use postrust_core::api_request::{
    JoinType, LogicTree, OrderTerm, QualifiedIdentifier, QueryParams, Range, SelectItem,
};
use postrust_core::schema_cache::{Cardinality, Relationship, Table};
use postrust_core::{Error, SchemaCache};
use postrust_sql::escape_ident;

use super::column::{Columns, Selected, json_path_key};
use super::refusal::Refusal;

/// The rows of one relation.
pub(super) struct Node<'a> {
    schema: &'a SchemaCache,
    table: Option<&'a Table>,
    name: QualifiedIdentifier,
    /// What `FROM` names.
    pub(super) from: String,
    /// What qualifies its columns.
    pub(super) row: String,
    /// What a function of the row, which is a computed relationship, is called with.
    row_argument: String,
    pub(super) select: Vec<Selected>,
    pub(super) embeds: Vec<Embed<'a>>,
    pub(super) logic: Vec<LogicTree>,
    pub(super) order: Vec<OrderTerm>,
    pub(super) range: Range,
    depth: usize,
}

/// A relation in the rows of another one.
pub(super) struct Embed<'a> {
    /// The relation's name in the request.
    relation: String,
    /// Its key in the row.
    pub(super) key: String,
    /// Its name in the statement.
    pub(super) alias: String,
    pub(super) to_one: bool,
    pub(super) inner: bool,
    /// Whether its columns are in the row itself.
    pub(super) spread: bool,
    /// What connects its rows with those around it.
    pub(super) joins: Vec<String>,
    /// The columns of the rows around it that it needs. `None` if it needs them all.
    pub(super) needs: Option<Vec<String>>,
    pub(super) node: Node<'a>,
}

/// Where the rows of the request come from.
pub(super) enum Root<'a> {
    /// A table itself.
    Table(&'a Table),
    /// What a write or a function returned, which is a part of the statement.
    Returned {
        /// The table whose rows they are, if it is known.
        table: Option<&'a Table>,
        /// What the rows are called.
        name: &'a QualifiedIdentifier,
        part: &'static str,
    },
}

impl<'a> Node<'a> {
    /// Builds the tree of `select`, without its filters.
    pub(super) fn root(
        schema: &'a SchemaCache,
        root: Root<'a>,
        select: &[SelectItem],
    ) -> Result<Self, Refusal> {
        let (table, name, from, row) = match root {
            Root::Table(table) => {
                let name = table.qualified_identifier();
                let row = qualified(&name);
                (Some(table), name, row.clone(), row)
            }
            Root::Returned { table, name, part } => {
                let row = escape_ident(&name.name);
                (table, name.clone(), format!("{part} AS {row}"), row)
            }
        };
        let mut node = Self {
            schema,
            table,
            from,
            row_argument: escape_ident(&name.name),
            name,
            row,
            select: Vec::new(),
            embeds: Vec::new(),
            logic: Vec::new(),
            order: Vec::new(),
            range: Range::default(),
            depth: 0,
        };
        node.select(select, false)?;
        Ok(node)
    }

    pub(super) fn columns(&self) -> Columns<'_> {
        Columns {
            row: &self.row,
            table: self.table,
            schema: self.schema,
        }
    }

    fn select(&mut self, items: &[SelectItem], each_column: bool) -> Result<(), Refusal> {
        let aggregates = |item: &SelectItem| {
            matches!(
                item,
                SelectItem::Field {
                    aggregate: Some(_),
                    ..
                }
            )
        };
        let each_column = each_column || items.iter().any(aggregates);
        for item in items {
            match item {
                SelectItem::Field { field, .. } if field.name == "*" => {
                    let columns = self.every_column(each_column);
                    self.select.extend(columns);
                }
                SelectItem::Field {
                    field,
                    aggregate,
                    aggregate_cast,
                    cast,
                    alias,
                } => {
                    let columns = self.columns();
                    let key = alias.as_deref().or(match aggregate {
                        Some(_) => None,
                        None => json_path_key(field).or(columns
                            .representation(&field.name)
                            .map(|_| field.name.as_str())),
                    });
                    self.select.push(Selected {
                        field: field.clone(),
                        cast: cast.clone(),
                        aggregate: aggregate.clone(),
                        aggregate_cast: aggregate_cast.clone(),
                        alias: key.map(str::to_owned),
                    });
                }
                SelectItem::Relation { .. } | SelectItem::SpreadRelation { .. } => {
                    let embed = self.embed(item, each_column)?;
                    self.embeds.push(embed);
                }
            }
        }
        Ok(())
    }

    /// `*`, or each column by itself if they must have names of their own.
    fn every_column(&self, each: bool) -> Vec<Selected> {
        let names: Vec<&str> = self
            .table
            .into_iter()
            .flat_map(Table::column_names)
            .collect();
        let columns = self.columns();
        let has = |name: &&str| columns.representation(name).is_some();
        if names.is_empty() || !(each || names.iter().any(has)) {
            return vec![Selected::named("*")];
        }
        let columns = names.iter().map(|name| Selected {
            alias: has(name).then(|| (*name).to_owned()),
            ..Selected::named(name)
        });
        columns.collect()
    }

    fn embed(&self, item: &SelectItem, each_column: bool) -> Result<Embed<'a>, Refusal> {
        let (relation, alias, hint, join_type, select, spread) = match item {
            SelectItem::Relation {
                relation,
                alias,
                hint,
                join_type,
                select,
            } => (relation, alias.as_ref(), hint, join_type, select, false),
            SelectItem::SpreadRelation {
                relation,
                hint,
                join_type,
                select,
            } => (relation, None, hint, join_type, select, true),
            SelectItem::Field { field, .. } => {
                return Err(Error::NotAnEmbeddedResource(field.name.clone()).into());
            }
        };
        let (schema, name, hint) = (&self.name.schema, &self.name, hint.as_deref());
        let found = self
            .schema
            .find_relationship(name, relation, hint, schema)?
            .ok_or_else(|| {
                self.schema
                    .relationship_not_found(name, relation, hint, schema)
            })?;
        let key = alias.unwrap_or(relation).clone();
        let depth = self.depth + 1;
        let foreign = found.foreign_table();
        let renamed = escape_ident(&format!("{}_{depth}", foreign.name));
        let (from, row, joins, needs) = match found {
            Relationship::Computed {
                function, table, ..
            } => {
                let argument = format!("{}::{}", self.row_argument, qualified(table));
                let from = format!("{}({argument}) AS {renamed}", qualified(function));
                (from, renamed, Vec::new(), None)
            }
            Relationship::ForeignKey {
                cardinality: Cardinality::M2M(junction),
                ..
            } => {
                let (row, through) = (qualified(foreign), qualified(&junction.table));
                let to = equal(&row, &through, &junction.target_columns, true);
                let back = equal(&self.row, &through, &junction.source_columns, false);
                let needs = junction.source_columns.iter().map(|(own, _)| own.clone());
                let joins = to.into_iter().chain(back).collect();
                (
                    format!("{row}, {through}"),
                    row,
                    joins,
                    Some(needs.collect()),
                )
            }
            Relationship::ForeignKey { cardinality, .. } => {
                let columns = cardinality.columns();
                let joins = equal(&self.row, &renamed, &columns, false);
                let needs = columns.into_iter().map(|(own, _)| own).collect();
                let from = format!("{} AS {renamed}", qualified(foreign));
                (from, renamed, joins, Some(needs))
            }
        };
        let to_one = found.is_to_one();
        let mut node = Node {
            schema: self.schema,
            table: self.schema.get_table(foreign),
            name: foreign.clone(),
            from,
            row_argument: match row.contains('.') {
                true => escape_ident(&foreign.name),
                false => row.clone(),
            },
            row,
            select: Vec::new(),
            embeds: Vec::new(),
            logic: Vec::new(),
            order: Vec::new(),
            range: Range::default(),
            depth,
        };
        node.select(select, each_column || (spread && !to_one))?;
        // PostgREST lets the row around a spread aggregate its columns.
        if spread && node.select.iter().any(|it| it.aggregate.is_some()) {
            return Err(match to_one {
                true => Refusal::limit("LocalSupabase cannot aggregate in a spread embed"),
                false => Refusal::bad_request("PGRST127", "Feature not implemented"),
            });
        }
        Ok(Embed {
            relation: relation.clone(),
            alias: format!("{}_{key}_{depth}", self.name.name),
            key,
            to_one,
            inner: matches!(join_type, Some(JoinType::Inner)),
            spread,
            joins,
            needs,
            node,
        })
    }

    /// The columns that the rows must have. `None` if that is all of them.
    pub(super) fn needed(&self, keys: &[String]) -> Option<Vec<String>> {
        let mut needed: Vec<String> = keys.to_vec();
        for selected in &self.select {
            match selected.field.name.as_str() {
                "*" | "" => return None,
                name => needed.push(name.to_owned()),
            }
        }
        for embed in &self.embeds {
            needed.extend(embed.needs.clone()?);
        }
        needed.sort();
        needed.dedup();
        Some(needed)
    }

    /// Adds the filters, orders and ranges of `params`. `on_root` says whether those of the root count:
    /// a write has used its filters.
    pub(super) fn restrict(
        &mut self,
        params: &QueryParams,
        on_root: bool,
        max_rows: Option<i64>,
    ) -> Result<(), Refusal> {
        if on_root {
            let filters = params.filters_root.iter().cloned().map(LogicTree::Stmt);
            self.logic.extend(filters);
        }
        for (path, filter) in &params.filters {
            let filter = LogicTree::Stmt(filter.clone());
            self.at(path)?.logic.push(filter);
        }
        for (path, tree) in &params.logic {
            let node = self.at(path)?;
            if on_root || !path.is_empty() {
                node.logic.push(tree.clone());
            }
        }
        for (path, terms) in &params.order {
            self.at(path)?.order.clone_from(terms);
        }
        for (path, range) in &params.ranges {
            if path.is_empty() {
                continue;
            }
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            let node = self.at(&path)?;
            if on_root {
                node.range = range.clone();
            }
        }
        if on_root {
            self.limit(max_rows);
        }
        self.check_orders()
    }

    fn at(&mut self, path: &[String]) -> Result<&mut Self, Refusal> {
        let Some((name, rest)) = path.split_first() else {
            return Ok(self);
        };
        let by_key = self.embeds.iter().position(|it| it.key == *name);
        let found = by_key.or_else(|| self.embeds.iter().position(|it| it.relation == *name));
        match found.and_then(|found| self.embeds.get_mut(found)) {
            Some(embed) => embed.node.at(rest),
            None => Err(Error::NotAnEmbeddedResource(name.clone()).into()),
        }
    }

    /// The limit of rows applies to every relation.
    fn limit(&mut self, max_rows: Option<i64>) {
        self.range.limit = self.range.limit.into_iter().chain(max_rows).min();
        for embed in &mut self.embeds {
            embed.node.limit(max_rows);
        }
    }

    fn check_orders(&self) -> Result<(), Refusal> {
        for term in &self.order {
            let OrderTerm::Relation { relation, .. } = term else {
                continue;
            };
            match self.embed_called(relation) {
                None => return Err(Error::NotAnEmbeddedResource(relation.clone()).into()),
                Some(embed) if !embed.to_one => {
                    return Err(Error::RelatedOrderNotPossible {
                        origin: self.name.name.clone(),
                        relation: relation.clone(),
                    }
                    .into());
                }
                Some(_) => {}
            }
        }
        self.embeds.iter().try_for_each(|it| it.node.check_orders())
    }

    pub(super) fn embed_called(&self, key: &str) -> Option<&Embed<'a>> {
        self.embeds.iter().find(|embed| embed.key == key)
    }
}

pub(super) fn qualified(name: &QualifiedIdentifier) -> String {
    match name.schema.as_str() {
        "" => escape_ident(&name.name),
        schema => format!("{}.{}", escape_ident(schema), escape_ident(&name.name)),
    }
}

/// `"a"."x" = "b"."y"` for each pair. `swapped` says that a pair begins with the column of `right`.
fn equal(left: &str, right: &str, pairs: &[(String, String)], swapped: bool) -> Vec<String> {
    let equal = |(a, b): &(String, String)| {
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        format!("{left}.{} = {right}.{}", escape_ident(a), escape_ident(b))
    };
    pairs.iter().map(equal).collect()
}
