//! The body of a response, as PostgreSQL writes it for PostgREST.

use postrust_core::api_request::MediaType;

/// The name of the part of the statement that has the rows, which is PostgREST's name for it.
pub(super) const SOURCE: &str = "pgrst_source";

/// How PostgREST writes the rows.
#[derive(Clone, Copy)]
pub(super) enum Body {
    Array { strip_nulls: bool },
    Object { strip_nulls: bool },
    Csv,
}

impl Body {
    /// Returns the first body of those accepted. `None` if postrust writes it, or refuses them all.
    pub(super) fn of(accepted: &[MediaType]) -> Option<Self> {
        if accepted.is_empty() {
            return Some(Self::Array { strip_nulls: false });
        }
        let is_of_rows = |it: &&MediaType| {
            matches!(
                it,
                MediaType::ApplicationJson
                    | MediaType::Any
                    | MediaType::ArrayJson { .. }
                    | MediaType::SingularJson { .. }
                    | MediaType::TextCsv
                    | MediaType::GeoJson
            )
        };
        Some(match accepted.iter().find(is_of_rows)? {
            &MediaType::ArrayJson { strip_nulls } => Self::Array { strip_nulls },
            &MediaType::SingularJson { strip_nulls, .. } => Self::Object { strip_nulls },
            MediaType::TextCsv => Self::Csv,
            // postrust writes it.
            MediaType::GeoJson => return None,
            _ => Self::Array { strip_nulls: false },
        })
    }

    fn sql(self, row: &str) -> String {
        let stripped = |strip_nulls: bool, rows: &str| match strip_nulls {
            true => format!("json_strip_nulls({rows})"),
            false => rows.to_owned(),
        };
        match self {
            Self::Array { strip_nulls } => {
                let rows = stripped(strip_nulls, &format!("json_agg({row})"));
                format!("coalesce({rows}, '[]')::text")
            }
            Self::Object { strip_nulls } => {
                let row = stripped(strip_nulls, &format!("json_agg({row})->0"));
                format!("coalesce({row}, 'null')::text")
            }
            Self::Csv => format!(
                "(SELECT coalesce(string_agg(a.k, ','), '') FROM (SELECT json_object_keys(r)::text AS k \
                 FROM (SELECT row_to_json(hh) AS r FROM {SOURCE} AS hh LIMIT 1) s) a) || E'\\n' || \
                 coalesce(string_agg(substring(_postgrest_t::text, 2, length(_postgrest_t::text) - 2), E'\\n'), '')"
            ),
        }
    }
}

/// The body of a response whose rows may be values.
pub(super) struct BodyOf {
    pub(super) body: Body,
    /// Whether its rows are the values of a function.
    pub(super) scalar: bool,
}

impl BodyOf {
    /// Returns the body as one text.
    pub(super) fn sql(&self) -> String {
        let row = if self.scalar {
            "_postgrest_t.pgrst_scalar"
        } else {
            "_postgrest_t"
        };
        self.body.sql(row)
    }

    pub(super) fn rows(body: Body) -> Self {
        Self {
            body,
            scalar: false,
        }
    }
}
