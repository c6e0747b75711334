//! Refuses embeds that postrust would answer with other values than PostgREST, and without an error:
//! it leaves out casts, JSON paths and computed columns, and takes a column that the embedded table
//! lacks from the table around it.

use std::slice::from_ref;

use http::{Request, StatusCode};
use postrust_core::api_request::{EmbedPath, Field, OrderTerm, SelectItem};
use postrust_core::schema_cache::Table;
use postrust_core::{
    Action, ApiRequest, AppConfig, DbAction, QualifiedIdentifier, SchemaCache, parse_request,
};
use serde_json::{Value, json};

use super::access::json_response;

/// Says what is refused, if `request` has such an embed.
pub(super) fn refused<B>(
    request: &Request<B>,
    config: &AppConfig,
    schema: &SchemaCache,
) -> Option<axum::response::Response> {
    if !request.uri().query()?.contains("select=") {
        return None;
    }
    let mut head = Request::new("");
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    // postrust reports what it cannot read.
    let request = parse_request(&head, config.default_schema(), &config.db_schemas, None).ok()?;
    let table = target(&request, schema)?;
    let (select, order) = (&request.query_params.select, &request.query_params.order);
    let error = Embeds { schema, order }.error(table, select, &[], &[])?;
    Some(json_response(StatusCode::BAD_REQUEST, &error))
}

/// The table whose rows the request returns.
fn target<'a>(request: &'a ApiRequest, schema: &'a SchemaCache) -> Option<&'a Table> {
    let Action::Db(action) = &request.action else {
        return None;
    };
    match action {
        DbAction::RelationRead { qi, .. } | DbAction::RelationMut { qi, .. } => {
            schema.get_table(qi)
        }
        DbAction::Routine { qi, .. } => schema.routine_returned_table(qi),
        DbAction::SchemaRead { .. } => None,
    }
}

struct Embeds<'a> {
    schema: &'a SchemaCache,
    order: &'a [(EmbedPath, Vec<OrderTerm>)],
}

impl Embeds<'_> {
    /// The first error in the embeds of `parent`. `path` leads to it by the names the caller gave,
    /// `relations` by those of the relations: an order may use either.
    fn error(
        &self,
        parent: &Table,
        select: &[SelectItem],
        path: &[String],
        relations: &[String],
    ) -> Option<Value> {
        select.iter().find_map(|item| {
            let (relation, alias, hint, select) = match item {
                SelectItem::Relation {
                    relation,
                    alias,
                    hint,
                    select,
                    ..
                } => (relation, alias.as_ref(), hint, select),
                SelectItem::SpreadRelation {
                    relation,
                    hint,
                    select,
                    ..
                } => (relation, None, hint, select),
                SelectItem::Field { .. } => return None,
            };
            // postrust reports a relation that does not exist.
            let table = self.embedded(parent, relation, hint.as_deref())?;
            let path = [path, from_ref(alias.unwrap_or(relation))].concat();
            let relations = [relations, from_ref(relation)].concat();
            let ordered = self
                .order
                .iter()
                .filter(|(of, _)| *of == path || *of == relations)
                .flat_map(|(_, terms)| terms);
            selected_error(table, relation, select)
                .or_else(|| order_error(table, relation, ordered))
                .or_else(|| self.error(table, select, &path, &relations))
        })
    }

    fn embedded(&self, parent: &Table, relation: &str, hint: Option<&str>) -> Option<&Table> {
        let parent: QualifiedIdentifier = parent.qualified_identifier();
        let found = self
            .schema
            .find_relationship(&parent, relation, hint, &parent.schema);
        self.schema.get_table(found.ok()??.foreign_table())
    }
}

fn selected_error(table: &Table, relation: &str, select: &[SelectItem]) -> Option<Value> {
    let star =
        |item: &SelectItem| matches!(item, SelectItem::Field { field, .. } if field.name == "*");
    let everything = select.iter().any(star);
    select.iter().find_map(|item| {
        let SelectItem::Field {
            field,
            aggregate: None,
            cast,
            alias,
            ..
        } = item
        else {
            return None;
        };
        let name = &field.name;
        if name == "*" {
            None
        } else if cast.is_some() {
            Some(limit(&format!("cast `{name}`"), relation))
        } else if !field.json_path.is_empty() {
            Some(limit(
                &format!("follow a JSON path into `{name}`"),
                relation,
            ))
        } else if everything && alias.is_some() {
            Some(limit(&format!("rename `{name}` beside `*`"), relation))
        } else {
            match (name.as_str(), table.get_column(name)) {
                ("count", None) => Some(limit("count the rows", relation)),
                _ => column_error(table, relation, name),
            }
        }
    })
}

fn order_error<'a>(
    table: &Table,
    relation: &str,
    terms: impl Iterator<Item = &'a OrderTerm>,
) -> Option<Value> {
    let mut fields = terms.filter_map(|term| match term {
        OrderTerm::Field { field, .. } => Some(field),
        OrderTerm::Relation { .. } => None,
    });
    fields.find_map(|Field { name, json_path }| match json_path.is_empty() {
        true => column_error(table, relation, name),
        false => Some(limit(
            &format!("order by a JSON path into `{name}`"),
            relation,
        )),
    })
}

fn column_error(table: &Table, relation: &str, name: &str) -> Option<Value> {
    if table.get_column(name).is_some() {
        None
    } else if table.get_computed_column(name).is_some() {
        Some(limit(
            &format!("use the computed column `{name}`"),
            relation,
        ))
    } else {
        Some(json!({
            "code": "42703",
            "message": format!("column {}_1.{name} does not exist", table.name),
            "details": null,
            "hint": null,
        }))
    }
}

fn limit(what: &str, relation: &str) -> Value {
    json!({
        "code": "PGRST_LOCAL",
        "message": format!("LocalSupabase cannot {what} in the embed `{relation}`"),
        "details": null,
        "hint": "Embed a view that has the value as a column, or request the rows by themselves.",
    })
}
