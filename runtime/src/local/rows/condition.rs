//! Filters as SQL.

use postrust_core::api_request::{
    Filter, IsValue, LogicOperator, LogicTree, OpExpr, OpQuantifier, Operation, QuantOperator,
};

use postrust_core::schema_cache::Column;

use super::column::{Columns, literal};

/// Writes a filter that asks whether an embed has rows. `None` if the filter is not one of these.
pub(super) trait OnEmbeds {
    fn is_null(&self, name: &str, negated: bool) -> Option<String>;
}

pub(super) fn logic(tree: &LogicTree, of: &Columns<'_>, embeds: &impl OnEmbeds) -> String {
    match tree {
        LogicTree::Stmt(it) => filter(it, of, embeds),
        LogicTree::Expr {
            negated,
            op,
            children,
        } => {
            let children: Vec<_> = children.iter().map(|it| logic(it, of, embeds)).collect();
            let separator = match op {
                LogicOperator::And => " AND ",
                LogicOperator::Or => " OR ",
            };
            format!("{}({})", not(*negated), children.join(separator))
        }
    }
}

fn filter(filter: &Filter, of: &Columns<'_>, embeds: &impl OnEmbeds) -> String {
    let Filter { field, op_expr } = filter;
    let OpExpr { negated, operation } = op_expr;
    if matches!(operation, Operation::Is(IsValue::Null))
        && field.json_path.is_empty()
        && let Some(sql) = embeds.is_null(&field.name, *negated)
    {
        return sql;
    }
    let value = |value: &str| match of.parser(&field.name) {
        Some(parser) => format!("{parser}({})", literal(value)),
        None => literal(value),
    };
    let mut left = of.plain(field);
    let right = match operation {
        Operation::Simple { op, value: it } => format!("{} {}", op.to_sql(), value(it)),
        Operation::Quant {
            op,
            quantifier,
            value: it,
        } => {
            let value = match op {
                QuantOperator::Like | QuantOperator::ILike => literal(&it.replace('*', "%")),
                _ => value(it),
            };
            match quantifier {
                Some(OpQuantifier::Any) => format!("{} ANY({value})", op.to_sql()),
                Some(OpQuantifier::All) => format!("{} ALL({value})", op.to_sql()),
                None => format!("{} {value}", op.to_sql()),
            }
        }
        Operation::In(values) => match of.parser(&field.name) {
            _ if values.is_empty() => "= ANY('{}')".to_owned(),
            Some(parser) => format!("= ANY (SELECT {parser}(unnest({}::text[])))", array(values)),
            None => format!("= ANY ({})", array(values)),
        },
        Operation::Is(is) => format!("IS {}", is.to_sql()),
        Operation::IsDistinctFrom(value) => format!("IS DISTINCT FROM {}", literal(value)),
        Operation::Fts {
            op,
            language,
            value,
        } => {
            let language = language.as_ref().map(|it| literal(it) + ", ");
            let language = language.unwrap_or_default();
            // A computed column is left as it is, as PostgREST leaves it.
            let is_text = |column: &Column| column.data_type != "tsvector";
            if of.column(&field.name).is_some_and(is_text) {
                left = format!("to_tsvector({language}{left})");
            }
            format!("@@ {}({language}{})", op.to_function(), literal(value))
        }
    };
    format!("{}{left} {right}", not(*negated))
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

/// An array of unknown type, such as `'{"a","b"}'`.
fn array(values: &[String]) -> String {
    let elements: Vec<_> = values
        .iter()
        .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    literal(&format!("{{{}}}", elements.join(",")))
}
