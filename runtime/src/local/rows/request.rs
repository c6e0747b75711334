//! Takes the rows out of a request: what postrust gets has no `select`, filters and `order`.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, StatusCode};
use postrust_core::api_request::payload::parse_payload;
use postrust_core::api_request::{
    DbAction, LogicTree, MediaType, PreferHandling, QueryParams, SelectItem, embedded_names,
    value_is_filter,
};
use postrust_core::plan::{CallPlan, DbActionPlan};
use postrust_core::{
    Action, ActionPlan, ApiRequest, AppConfig, Error, SchemaCache, create_action_plan,
    parse_request, plan,
};
use url::form_urlencoded;

use super::body::{Body, BodyOf, SOURCE};
use super::call::Call;
use super::node::{Node, Root, qualified};
use super::order;
use super::refusal::Refusal;
use super::statement::{Reading, Source};
use crate::local::table_functions;

/// Splits `request`. There is no reading if postrust answers by itself: an error in the request, a write that
/// returns no rows, a value, a rendering that the schema defines.
pub(in crate::local) fn reading(
    request: &Request<Bytes>,
    config: &AppConfig,
    schema: &SchemaCache,
) -> Result<Option<(Reading, PathAndQuery)>, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    if query.contains("%00") {
        return Err(Refusal::no_text());
    }
    let (orders, query) = order::taken_from(query);
    let Some(mut asked) = parsed(request, &query, config) else {
        return Ok(None);
    };
    let Some(orders) = orders else {
        return Err(Refusal::bad_request(
            "PGRST100",
            "\"failed to parse order\"",
        ));
    };
    if asked.query_params.select.is_empty() {
        asked.query_params.select.push(SelectItem::field("*"));
    }
    asked.query_params.order = orders;
    check_description(&asked)?;
    let Some(body) = Body::of(&asked.accept_media_types) else {
        return match &asked.accept_media_types[..] {
            [MediaType::GeoJson, ..] => theirs(&asked),
            _ => Ok(None),
        };
    };
    let asked = Asked {
        request: &asked,
        query: &query,
        config,
        schema,
        body,
    };
    match &asked.request.action {
        Action::Db(DbAction::RelationRead { .. }) => asked.read(),
        Action::Db(DbAction::RelationMut { .. }) => asked.write(),
        Action::Db(DbAction::Routine { .. }) => asked.call(request.body()),
        _ => Ok(None),
    }
}

fn parsed(request: &Request<Bytes>, query: &str, config: &AppConfig) -> Option<ApiRequest> {
    let mut head = Request::new("");
    *head.method_mut() = request.method().clone();
    *head.headers_mut() = request.headers().clone();
    *head.uri_mut() = with_query(request.uri().path(), query)?.into();
    parse_request(
        &head,
        config.default_schema(),
        &config.db_schemas,
        config.db_max_rows,
    )
    .ok()
}

fn with_query(path: &str, query: &str) -> Option<PathAndQuery> {
    let path_and_query = match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    path_and_query.try_into().ok()
}

/// PostgREST's root has an OpenAPI document, and only the root has.
fn check_description(asked: &ApiRequest) -> Result<(), Refusal> {
    let mut accepted = asked.accept_media_types.iter();
    let is_document = |it: &MediaType| matches!(it, MediaType::OpenApi);
    let describes = |it: &MediaType| {
        is_document(it) || matches!(it, MediaType::ApplicationJson | MediaType::Any)
    };
    let answers = match &asked.action {
        Action::Db(DbAction::SchemaRead { headers_only, .. }) => {
            if accepted.clone().any(describes) && !headers_only {
                return Err(Refusal::Other {
                    status: StatusCode::NOT_IMPLEMENTED,
                    code: "PGRST_LOCAL",
                    message: "LocalSupabase has no OpenAPI document",
                });
            }
            accepted.any(describes)
        }
        _ => !accepted.all(is_document),
    };
    if answers {
        return Ok(());
    }
    let accepted: Vec<_> = asked
        .accept_media_types
        .iter()
        .map(MediaType::to_mime)
        .collect();
    Err(Error::InvalidMediaType(accepted.join(", ")).into())
}

/// Leaves the rows to postrust, if they have no embeds: it would leave casts, paths and computed columns of
/// them out.
fn theirs(request: &ApiRequest) -> Split {
    let is_field = |item: &SelectItem| matches!(item, SelectItem::Field { .. });
    match request.query_params.select.iter().all(is_field) {
        true => Ok(None),
        false => Err(Refusal::limit(
            "LocalSupabase cannot embed in rows that have a media type of their own",
        )),
    }
}

/// A request with rows.
struct Asked<'a> {
    request: &'a ApiRequest,
    query: &'a str,
    config: &'a AppConfig,
    schema: &'a SchemaCache,
    body: Body,
}

type Split = Result<Option<(Reading, PathAndQuery)>, Refusal>;

impl Asked<'_> {
    fn read(&self) -> Split {
        let Action::Db(DbAction::RelationRead { qi, .. }) = &self.request.action else {
            return Ok(None);
        };
        let Some(table) = self.schema.get_table(qi) else {
            return Ok(None);
        };
        if self.has_handler(qi) {
            return theirs(self.request);
        }
        let node = self.node(Root::Table(table), true)?;
        let query = self.kept(|key, _| matches!(key, "limit" | "offset"));
        Ok(self.split(Source::Table, &node, BodyOf::rows(self.body), &query))
    }

    fn write(&self) -> Split {
        let Action::Db(DbAction::RelationMut { qi, .. }) = &self.request.action else {
            return Ok(None);
        };
        let Some(table) = self.schema.get_table(qi) else {
            return Ok(None);
        };
        let returns = self.request.preferences.representation.needs_body();
        if !returns {
            return Ok(None);
        }
        if self.has_handler(qi) {
            return theirs(self.request);
        }
        let part = SOURCE;
        let (table_of, name) = (Some(table), qi);
        let node = self.node(
            Root::Returned {
                table: table_of,
                name,
                part,
            },
            false,
        )?;
        let all = || table.column_names().map(str::to_owned).collect();
        let source = Source::Write {
            returning: node.needed(&table.pk_cols).unwrap_or_else(all),
            row: qualified(qi),
        };
        // The filters of an embed have a dot, and so has a filter on a JSON path into a quoted name: those of
        // the root stay.
        let of_embeds = self.keys_of_embeds();
        let query = self.kept(|key, _| {
            key != "select"
                && !of_embeds
                    .iter()
                    .any(|embed| key.starts_with(embed.as_str()))
        });
        Ok(self.split(source, &node, BodyOf::rows(self.body), &query))
    }

    fn call(&self, payload: &Bytes) -> Split {
        let Some(plain) = self.with_payload(self.without_rows(), payload) else {
            return Ok(None);
        };
        let Ok(ActionPlan::Db(DbActionPlan::Call { call, read })) =
            create_action_plan(&plain, self.schema)
        else {
            return Ok(None);
        };
        let table = read.and_then(|read| self.schema.get_table(&read.root.from));
        let name = match table {
            Some(table) if !table_functions::is_of_function(table) => table.qualified_identifier(),
            _ => call.function.clone(),
        };
        if call.media_type.is_some() || (table.is_some() && self.has_handler(&name)) {
            return theirs(self.request);
        }
        self.check_affected(&call)?;
        let root = Root::Returned {
            table,
            name: &name,
            part: SOURCE,
        };
        let node = self.node(root, true)?;
        let columns = node.needed(&[]).map(|mut columns| {
            columns.extend(filtered(&self.request.query_params));
            columns.sort();
            columns.dedup();
            columns
        });
        let named = plain.query_params.columns.as_ref();
        let named: Option<Vec<String>> = named.map(|names| names.iter().cloned().collect());
        let arguments = self.request.query_params.params.iter();
        let arguments: Vec<_> = arguments
            .filter(|(_, value)| !value_is_filter(value))
            .cloned()
            .collect();
        let function = Call {
            plan: &call,
            payload: plain.payload.as_ref(),
            query: &arguments,
            named: named.as_deref(),
            columns,
        };
        if !function.is_text() {
            return Err(Refusal::no_text());
        }
        let body = match (self.body, call.returns_set) {
            (Body::Array { strip_nulls }, false) => Body::Object { strip_nulls },
            (body, _) => body,
        };
        let body = BodyOf {
            body,
            scalar: function.is_scalar(),
        };
        let source = Source::Call(function.sql());
        let query = self.arguments(&call);
        Ok(self.split(source, &node, body, &query))
    }

    fn node<'n>(&'n self, root: Root<'n>, reads: bool) -> Result<Node<'n>, Refusal> {
        let params = &self.request.query_params;
        if !self.config.db_aggregates_enabled && has_aggregate(&params.select) {
            return Err(Error::AggregatesNotAllowed.into());
        }
        let mut node = Node::root(self.schema, root, &params.select)?;
        node.restrict(params, reads, self.config.db_max_rows)?;
        if reads {
            node.range = plan::resolve_top_level_range(self.request);
        }
        Ok(node)
    }

    fn split(
        &self,
        source: Source,
        node: &Node<'_>,
        body: BodyOf,
        query: &str,
    ) -> Option<(Reading, PathAndQuery)> {
        let reading = Reading {
            source,
            body,
            select: node.sql(),
            count: node.count_sql(),
            counts: self.request.preferences.count.clone(),
            max_rows: self.config.db_max_rows,
        };
        Some((reading, with_query(&self.request.path, query)?))
    }

    /// Whether the schema defines how the rows are rendered.
    fn has_handler(&self, table: &postrust_core::QualifiedIdentifier) -> bool {
        let select = self.request.query_params.select.as_slice();
        let default =
            matches!(select, [SelectItem::Field { field, alias: None, .. }] if field.name == "*");
        let mut accepted = self.request.accept_media_types.iter();
        accepted.any(|accepted| {
            let media = accepted.content_type();
            let schema = &self.request.schema;
            self.schema
                .media_handler(schema, media, table, default)
                .is_some()
        })
    }

    /// A limit of rows that a call may affect counts the rows it returns, so it must return a set.
    fn check_affected(&self, call: &CallPlan) -> Result<(), Refusal> {
        let preferences = &self.request.preferences;
        let strict = matches!(preferences.handling, PreferHandling::Strict);
        match (preferences.max_affected, call.returns_set) {
            (Some(_), false) if strict => Err(Refusal::bad_request(
                "PGRST128",
                "Function must return SETOF or TABLE when max-affected preference is used with \
                          handling=strict",
            )),
            _ => Ok(()),
        }
    }

    /// The parts of the query that postrust gets.
    fn kept(&self, keep: impl Fn(&str, &str) -> bool) -> String {
        let pairs = self.query.split('&').filter(|pair| {
            form_urlencoded::parse(pair.as_bytes())
                .next()
                .is_some_and(|(key, value)| keep(&key, &value))
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    fn keys_of_embeds(&self) -> Vec<String> {
        let select = self.request.query_params.select.iter();
        let names = select.flat_map(|item| match item {
            SelectItem::Relation {
                relation, alias, ..
            } => vec![Some(relation), alias.as_ref()],
            SelectItem::SpreadRelation { relation, .. } => vec![Some(relation)],
            SelectItem::Field { .. } => Vec::new(),
        });
        names.flatten().map(|name| format!("{name}.")).collect()
    }

    /// The arguments of a function, and the page.
    fn arguments(&self, call: &CallPlan) -> String {
        let is_argument = |key: &str, value: &str| {
            let declared = call.param_types.iter().any(|(name, _)| name == key);
            declared && !value_is_filter(value)
        };
        self.kept(|key, value| {
            matches!(key, "limit" | "offset" | "columns") || is_argument(key, value)
        })
    }

    fn without_rows(&self) -> ApiRequest {
        let mut plain = self.request.clone();
        let params = QueryParams {
            params: plain.query_params.params,
            columns: plain.query_params.columns,
            ..QueryParams::default()
        };
        plain.query_params = params;
        plain
    }

    fn with_payload(&self, mut plain: ApiRequest, payload: &Bytes) -> Option<ApiRequest> {
        if !payload.is_empty() {
            let media_type = &plain.content_media_type;
            plain.payload = parse_payload(payload.clone(), media_type).ok()?;
        }
        Some(plain)
    }
}

/// The columns that filters of the root ask for.
fn filtered(params: &QueryParams) -> Vec<String> {
    fn of_tree(tree: &LogicTree, names: &mut Vec<String>) {
        match tree {
            LogicTree::Stmt(filter) => names.push(filter.field.name.clone()),
            LogicTree::Expr { children, .. } => {
                children.iter().for_each(|child| of_tree(child, names));
            }
        }
    }
    let filters = params.filters_root.iter();
    let mut names: Vec<_> = filters.map(|filter| filter.field.name.clone()).collect();
    let of_root = params.logic.iter().filter(|(path, _)| path.is_empty());
    of_root.for_each(|(_, tree)| of_tree(tree, &mut names));
    // A filter may also name an embed, to ask whether it has rows.
    let embeds = embedded_names(&params.select);
    names.retain(|name| !embeds.contains(name));
    names
}

fn has_aggregate(select: &[SelectItem]) -> bool {
    select.iter().any(|item| match item {
        SelectItem::Field { aggregate, .. } => aggregate.is_some(),
        SelectItem::Relation { select, .. } | SelectItem::SpreadRelation { select, .. } => {
            has_aggregate(select)
        }
    })
}
