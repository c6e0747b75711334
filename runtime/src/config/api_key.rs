//! A project's API key and its kind.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use serde::Deserialize;

use crate::debug::debug_fields;

/// The kinds of key that a project has. The value decides the kind, because a variable named after
/// one kind often holds another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// `sb_publishable_…`: Row Level Security applies.
    Publishable,
    /// `sb_secret_…`: bypasses Row Level Security.
    Secret,
    /// `sb_temp_…`: made by the dashboard for its own use.
    Temporary,
    /// A JWT with `"role": "anon"`, replaced by the publishable key.
    LegacyAnon,
    /// A JWT with `"role": "service_role"`, replaced by the secret key.
    LegacyServiceRole,
}

/// Where a key is used, which decides the kinds that are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUse {
    /// Requests under Row Level Security.
    Publishable,
    /// Requests that bypass it.
    Secret,
}

/// A key of a known kind that is valid where it is used.
#[derive(Clone)]
pub(crate) struct ApiKey {
    kind: KeyKind,
    value: HeaderValue,
    bearer: HeaderValue,
}

/// The fault of a key: the middle of a sentence that starts with the name of the variable and
/// ends with what it must be. The value is not quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidApiKey {
    #[error("has quotes around it: give the bare key")]
    Quoted,
    #[error(
        "contains a character that is not valid in a key: copy the whole key (the dashboard shows \
         dots until a key is revealed)"
    )]
    Character,
    #[error("ends after its prefix: copy the whole key")]
    Truncated,
    #[error("is a URL, not a key")]
    Url,
    #[error("holds a personal access token (`sbp_…`), which is for the Management API")]
    AccessToken,
    #[error("holds a JWT whose role is `{role}`, which is not an API key")]
    OtherRole { role: String },
    #[error("looks like a JWT, but has no readable `role`")]
    MalformedJwt,
    #[error("is not a key of a known kind")]
    UnknownKind,
    #[error("holds {found}")]
    WrongKind { found: KeyKind },
}

impl ApiKey {
    /// Parses a key that is valid for `expected`. White space around it is trimmed.
    pub(crate) fn parse(text: &str, expected: KeyUse) -> Result<Self, InvalidApiKey> {
        let text = text.trim();
        let kind = KeyKind::of(text)?;
        if !expected.takes(kind) {
            return Err(InvalidApiKey::WrongKind { found: kind });
        }
        let bearer = sensitive_header(&format!("Bearer {text}"))?;
        Ok(Self {
            kind,
            value: sensitive_header(text)?,
            bearer,
        })
    }

    #[cfg(feature = "cli")]
    pub(crate) fn kind(&self) -> KeyKind {
        self.kind
    }

    /// For the header `apikey`; marked sensitive.
    pub(crate) fn header_value(&self) -> HeaderValue {
        self.value.clone()
    }

    /// `Bearer …`, for the header `Authorization`; marked sensitive.
    pub(crate) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }
}

impl KeyKind {
    /// Returns the kind of the key `text`.
    pub(crate) fn of(text: &str) -> Result<Self, InvalidApiKey> {
        if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
            return Err(InvalidApiKey::Quoted);
        }
        if text.contains("://") {
            return Err(InvalidApiKey::Url);
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(InvalidApiKey::Character);
        }
        let prefixes = [
            ("sb_publishable_", Self::Publishable),
            ("sb_secret_", Self::Secret),
            ("sb_temp_", Self::Temporary),
        ];
        for (prefix, kind) in prefixes {
            match text.strip_prefix(prefix) {
                Some("") => return Err(InvalidApiKey::Truncated),
                Some(_) => return Ok(kind),
                None => {}
            }
        }
        if text.starts_with("sbp_") {
            return Err(InvalidApiKey::AccessToken);
        }
        if text.starts_with("eyJ") {
            return match role_of_jwt(text) {
                Some(role) => Self::of_role(role),
                None => Err(InvalidApiKey::MalformedJwt),
            };
        }
        Err(InvalidApiKey::UnknownKind)
    }

    fn of_role(role: String) -> Result<Self, InvalidApiKey> {
        match role.as_str() {
            "anon" => Ok(Self::LegacyAnon),
            "service_role" => Ok(Self::LegacyServiceRole),
            _ => Err(InvalidApiKey::OtherRole { role }),
        }
    }
}

impl KeyUse {
    fn takes(self, kind: KeyKind) -> bool {
        match self {
            Self::Publishable => matches!(kind, KeyKind::Publishable | KeyKind::LegacyAnon),
            Self::Secret => matches!(kind, KeyKind::Secret | KeyKind::LegacyServiceRole),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publishable => "a publishable key (`sb_publishable_…`)",
            Self::Secret => "a secret key (`sb_secret_…`), which bypasses Row Level Security",
            Self::Temporary => "a temporary key of the dashboard (`sb_temp_…`)",
            Self::LegacyAnon => "a legacy `anon` key",
            Self::LegacyServiceRole => {
                "a legacy `service_role` key, which bypasses Row Level Security"
            }
        })
    }
}

debug_fields!(ApiKey: |this| { kind: this.kind });

fn sensitive_header(text: &str) -> Result<HeaderValue, InvalidApiKey> {
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidApiKey::Character)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The role that a JWT claims. The server checks the signature.
fn role_of_jwt(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        role: String,
    }

    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let Claims { role } = serde_json::from_slice(&payload).ok()?;
    // Errors show the role, so accept only a plain name.
    let is_name = role.len() <= 40 && role.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !role.is_empty()).then_some(role)
}

#[cfg(test)]
mod tests;
