//! The call of a function, with its arguments as PostgREST passes them: PostgreSQL itself reads them from
//! the JSON of the body.

use postrust_core::CallPlan;
use postrust_core::api_request::Payload;
use postrust_core::plan::CallParams;
use postrust_sql::escape_ident;

use super::column::literal;
use super::node::qualified;

/// A call of a function.
pub(super) struct Call<'a> {
    pub(super) plan: &'a CallPlan,
    pub(super) payload: Option<&'a Payload>,
    /// The arguments in the query of a GET.
    pub(super) query: &'a [(String, String)],
    /// Which keys of the body are arguments, if not all.
    pub(super) named: Option<&'a [String]>,
    /// The columns of its rows that are needed. `None` is all of them.
    pub(super) columns: Option<Vec<String>>,
}

impl Call<'_> {
    /// Returns the `SELECT` of the function's rows, or of its values as `pgrst_scalar`.
    pub(super) fn sql(&self) -> String {
        let (from, arguments) = self.arguments();
        let call = format!("{}({arguments})", qualified(&self.plan.function));
        if self.is_scalar() {
            return format!(
                "SELECT pgrst_call.pgrst_scalar FROM {from}(SELECT {call} pgrst_scalar) pgrst_call"
            );
        }
        let column = |name: &String| format!("pgrst_call.{}", escape_ident(name));
        let columns = match &self.columns {
            Some(columns) => columns.iter().map(column).collect::<Vec<_>>().join(", "),
            None => "pgrst_call.*".to_owned(),
        };
        format!("SELECT {columns} FROM {from}{call} pgrst_call")
    }

    /// Whether a body that is an argument as it is can be one: only `bytea` takes every byte.
    pub(super) fn is_text(&self) -> bool {
        match &self.plan.params {
            CallParams::SingleUnnamed {
                body: Some(body),
                pg_type,
            } if pg_type != "bytea" => {
                std::str::from_utf8(body).is_ok_and(|body| !body.contains('\0'))
            }
            _ => true,
        }
    }

    /// Whether it returns values, and not rows.
    pub(super) fn is_scalar(&self) -> bool {
        let is_record = self.plan.return_type.as_deref() == Some("record");
        !self.plan.returns_composite || (is_record && self.plan.output_columns.is_empty())
    }

    /// What is read before the call, and the arguments of it.
    fn arguments(&self) -> (String, String) {
        if let CallParams::SingleUnnamed { body, pg_type } = &self.plan.params {
            let body = match (body, pg_type.as_str()) {
                (None, _) => "NULL".to_owned(),
                (Some(body), "bytea") => literal(&format!("\\x{}", hex(body))),
                (Some(body), _) => literal(&String::from_utf8_lossy(body)),
            };
            return (String::new(), format!("{body}::{pg_type}"));
        }
        match self.payload {
            Some(Payload::ProcessedJson { raw, keys }) => {
                self.of_json(&String::from_utf8_lossy(raw), |name| {
                    let named = self
                        .named
                        .is_none_or(|named| named.iter().any(|it| it == name));
                    named && keys.contains(name)
                })
            }
            Some(Payload::RawJson(raw)) => self.of_json(&String::from_utf8_lossy(raw), |name| {
                self.named
                    .is_some_and(|named| named.iter().any(|it| it == name))
            }),
            Some(Payload::ProcessedUrlEncoded { data, .. }) => (String::new(), self.of_pairs(data)),
            _ => (String::new(), self.of_pairs(self.query)),
        }
    }

    fn of_json(&self, body: &str, is_given: impl Fn(&str) -> bool) -> (String, String) {
        let given = self.plan.param_types.iter();
        let given: Vec<_> = given.filter(|(name, _)| is_given(name)).collect();
        if given.is_empty() {
            return (String::new(), String::new());
        }
        let list = |write: &dyn Fn(&str, &str) -> String| {
            let each = given.iter().map(|(name, data_type)| write(name, data_type));
            each.collect::<Vec<_>>().join(", ")
        };
        let names = list(&|name, _| escape_ident(name));
        let typed = list(&|name, data_type| format!("{} {data_type}", escape_ident(name)));
        let arguments = list(&|name, _| {
            let value = format!("pgrst_body.{}", escape_ident(name));
            self.argument(name, &value)
        });
        let read = match body.trim_start().starts_with('{') {
            true => "json_to_record",
            false => "json_to_recordset",
        };
        let from = format!(
            "(SELECT {}::json AS json_data) pgrst_payload, \
             LATERAL (SELECT {names} FROM {read}(pgrst_payload.json_data) AS _({typed}) LIMIT 1) pgrst_body, \
             LATERAL ",
            literal(body)
        );
        (from, arguments)
    }

    fn of_pairs(&self, pairs: &[(String, String)]) -> String {
        let argument = |(name, data_type): &(String, String)| {
            let values: Vec<_> = pairs.iter().filter(|(key, _)| key == name).collect();
            let (_, last) = values.last()?;
            let value = match self.is_variadic(name) {
                true => {
                    let values: Vec<_> = values.iter().map(|(_, it)| literal(it)).collect();
                    format!("ARRAY[{}]", values.join(", "))
                }
                false => literal(last),
            };
            Some(self.argument(name, &format!("{value}::{data_type}")))
        };
        let arguments = self.plan.param_types.iter().filter_map(argument);
        arguments.collect::<Vec<_>>().join(", ")
    }

    fn argument(&self, name: &str, value: &str) -> String {
        let variadic = if self.is_variadic(name) {
            "VARIADIC "
        } else {
            ""
        };
        format!("{variadic}{} := {value}", escape_ident(name))
    }

    fn is_variadic(&self, name: &str) -> bool {
        self.plan.variadic_params.iter().any(|it| it == name)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
