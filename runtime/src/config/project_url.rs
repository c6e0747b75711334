//! The address of a project.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The origin of a project, such as `https://abcdefghijklmnopqrst.supabase.co`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProjectUrl {
    /// Without path, query, fragment or credentials.
    origin: Url,
}

/// The fault of a project's URL: the middle of a sentence that starts with the name of the
/// variable and ends with what it must be. The value is not quoted, because it may hold a password
/// or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidProjectUrl {
    #[error("has no scheme: write `https://` before it (`http://` for a local stack)")]
    NoScheme,
    #[error("is the address of the database, not of the project")]
    Database,
    #[error("is not an `https://` or `http://` address")]
    OtherScheme,
    #[error("is not a valid URL ({0})")]
    Malformed(#[from] url::ParseError),
    #[error(
        "contains a character that is not valid in a URL: a space, a line break, a quote or a `\\`"
    )]
    Character,
    #[error(
        "is the address of the dashboard: the project's is `https://<project ref>.supabase.co`"
    )]
    Dashboard,
    #[error("has a user name or a password in it: give the project's origin alone")]
    Credentials,
    #[error("has a path: give the project's origin, without `{}`", .service.unwrap_or("/rest/v1"))]
    Path { service: Option<&'static str> },
    #[error("has a query: give the project's origin, without `?…`")]
    Query,
    #[error("has a fragment: give the project's origin, without `#…`")]
    Fragment,
    #[error(
        "is plain `http://` to a public host, so keys and tokens would travel unencrypted: write \
         `https://` (`http://` is for loopback and private addresses)"
    )]
    PlainHttp,
}

/// Paths that a Supabase gateway serves.
const SERVICES: &[&str] = &[
    "/rest/v1",
    "/auth/v1",
    "/storage/v1",
    "/functions/v1",
    "/realtime/v1",
    "/graphql/v1",
];

impl ProjectUrl {
    /// Parses an origin: scheme, host and port. White space around it is trimmed.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidProjectUrl> {
        let text = text.trim();
        let Some((scheme, _)) = text.split_once("://") else {
            return Err(InvalidProjectUrl::NoScheme);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "https" | "http" => {}
            "postgres" | "postgresql" => return Err(InvalidProjectUrl::Database),
            _ if scheme.starts_with(['"', '\'']) => return Err(InvalidProjectUrl::Character),
            _ => return Err(InvalidProjectUrl::OtherScheme),
        }
        // The URL standard drops, replaces or encodes these characters; here they are mistakes.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'\\<>".contains(c)) {
            return Err(InvalidProjectUrl::Character);
        }

        let url = Url::parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidProjectUrl::Credentials);
        }
        let is_dashboard = matches!(url.host_str(), Some("supabase.com" | "app.supabase.com"));
        if is_dashboard {
            return Err(InvalidProjectUrl::Dashboard);
        }
        if !matches!(url.path(), "" | "/") {
            let service = SERVICES
                .iter()
                .copied()
                .find(|service| url.path().starts_with(service));
            return Err(InvalidProjectUrl::Path { service });
        }
        if url.query().is_some() {
            return Err(InvalidProjectUrl::Query);
        }
        if url.fragment().is_some() {
            return Err(InvalidProjectUrl::Fragment);
        }
        if url.scheme() == "http" && !url.host().is_some_and(is_private) {
            return Err(InvalidProjectUrl::PlainHttp);
        }
        Ok(Self { origin: url })
    }

    /// Returns the origin as a URL; its path is `/`.
    pub(crate) fn as_url(&self) -> &Url {
        &self.origin
    }

    /// Returns the claim `iss` of the project's tokens: the address of its Auth service.
    pub(crate) fn issuer(&self) -> String {
        format!("{self}/auth/v1")
    }
}

/// Without a slash at the end.
impl fmt::Display for ProjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProjectUrl({self})")
    }
}

/// Whether traffic to `host` stays on this machine or in a private network.
fn is_private(host: Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_private_v4(address),
        Host::Ipv6(address) => is_private_v6(address),
        Host::Domain(name) => is_private_name(name),
    }
}

fn is_private_name(name: &str) -> bool {
    // A single label is `localhost` or a container's name. `.internal` is what Docker and clouds
    // use; `.local` is multicast DNS and Kubernetes.
    let name = name.trim_end_matches('.');
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_none_or(|last| matches!(last, "localhost" | "local" | "internal"))
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let is_shared = a == 100 && b & 0b1100_0000 == 64; // RFC 6598, used by VPNs
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || is_shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(address) => is_private_v4(address),
        None => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests;
