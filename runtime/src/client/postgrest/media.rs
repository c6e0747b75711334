//! The format that a query requests for the response.

use http::HeaderValue;

use super::explain::Explain;
use crate::client::error::Failure;

/// The contents of the `Accept` header. By default there is no header, which means a JSON array of rows.
#[derive(Clone, Copy, Default)]
pub(super) struct Media {
    pub(super) one_object: bool,
    pub(super) without_nulls: bool,
    /// A format other than JSON.
    pub(super) form: Option<&'static str>,
    pub(super) explain: Option<Explain>,
}

impl Media {
    pub(super) const CSV: &'static str = "text/csv";
    pub(super) const GEOJSON: &'static str = "application/geo+json";

    pub(super) fn accept(self) -> Result<Option<HeaderValue>, Failure> {
        let media = match (self.form, self.one_object, self.without_nulls) {
            (None, false, false) => None,
            (None, true, false) => Some("application/vnd.pgrst.object+json"),
            (None, false, true) => Some("application/vnd.pgrst.array+json;nulls=stripped"),
            (None, true, true) => Some("application/vnd.pgrst.object+json;nulls=stripped"),
            (Some(form), _, false) => Some(form),
            (Some(_), _, true) => {
                return Err(Failure::invalid(
                    "`strip_nulls` is for JSON; neither CSV nor GeoJSON leaves columns out",
                ));
            }
        };
        let Some(explain) = self.explain else {
            return Ok(media.map(HeaderValue::from_static));
        };
        let accept = explain.accept(media.unwrap_or("application/json"));
        HeaderValue::try_from(accept)
            .map(Some)
            .map_err(|_| Failure::invalid("the options of `explain` are malformed"))
    }
}
