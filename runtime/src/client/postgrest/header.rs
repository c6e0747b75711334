//! Headers that the caller sets.

use http::{HeaderName, HeaderValue};

use crate::client::connection_header::is_of_connection;
use crate::client::error::Failure;

/// Returns the header, if the caller may set it.
pub(super) fn custom_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let shown = name.escape_debug();
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(Failure::invalid(format!(
            "`{shown}` cannot be the name of a header"
        )));
    };
    if let Some(reason) = reserved(header.as_str()) {
        return Err(Failure::invalid(format!(
            "the header `{shown}` cannot be set: {reason}"
        )));
    }
    // The value is not shown: it can be a secret.
    let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else {
        return Err(Failure::invalid(format!(
            "the value of the header `{shown}` holds a control character"
        )));
    };
    Ok((header, value))
}

/// Returns why the caller may not set a header, if so.
fn reserved(name: &str) -> Option<&'static str> {
    Some(match name {
        "apikey" | "authorization" | "proxy-authorization" | "cookie" => {
            "a client has one identity, which cannot be replaced"
        }
        "accept-profile" | "content-profile" => "`schema` chooses the schema",
        "accept" => "`single`, `csv`, `geojson`, `explain` and `strip_nulls` choose the format",
        "content-type" => "the body is always JSON",
        "content-encoding" | "accept-encoding" => "it belongs to the connection",
        _ if is_of_connection(name) => "it belongs to the connection",
        _ => return None,
    })
}
