//! [`UserId`]: the id of a row in `auth.users`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a Supabase user: the `id` of a row in `auth.users`, and the `sub` of the user's JWT.
///
/// It is always a UUID, because `auth.uid()` casts `sub` to `uuid`: with any other text, every
/// policy that calls it fails with `22P02`. In JSON it is a plain string.
///
/// ```
/// use supabase_task::UserId;
///
/// let user: UserId = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse()?;
/// assert_eq!(user.to_string(), "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f");
/// assert!("user_12345".parse::<UserId>().is_err());
/// # Ok::<(), supabase_task::InvalidUserId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(Uuid);

/// The error for a text that is not a UUID and so not a [`UserId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a user id: a Supabase user id is a UUID such as \
     `5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f` (the `id` column of `auth.users`)"
)]
pub struct InvalidUserId {
    given: String,
}

impl UserId {
    /// Returns the id as a [`Uuid`].
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl From<Uuid> for UserId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<UserId> for Uuid {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.to_string()
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| InvalidUserId { given: shown(text) })
    }
}

/// Shortens a text longer than a UUID: it may be a key or a token in the wrong place.
fn shown(text: &str) -> String {
    const UUID: usize = 36;
    const START: usize = 10;
    if text.chars().nth(UUID).is_none() {
        return text.to_owned();
    }
    text.chars().take(START).chain(['…']).collect()
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_a_short_text_whole_and_only_the_start_of_a_key() {
        let error = |text: &str| text.parse::<UserId>().unwrap_err().to_string();
        assert!(error("user_12345").starts_with("`user_12345` is not a user id"));
        let key = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
        assert!(error(key).starts_with("`sb_secret_…` is not a user id"));
    }
}
