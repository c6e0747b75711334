//! Headers that belong to the connection, so that no caller can set them.

/// Returns whether a header belongs to the connection: how long the body is, when the connection ends, who it
/// leads to. HTTP/2 refuses most of them.
pub(super) fn is_of_connection(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "content-length"
            | "transfer-encoding"
            | "te"
            | "trailer"
            | "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authorization"
            | "upgrade"
            | "expect"
    )
}
