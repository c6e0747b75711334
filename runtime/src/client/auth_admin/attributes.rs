//! [`NewUser`] and [`UserChanges`]: the attributes of a user.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::UserId;
use crate::client::error::Failure;

/// The attributes of a user, as the admin API takes them.
#[derive(Clone, Default, Serialize)]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    password: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    password_hash: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_confirm: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_confirm: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ban_duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip)]
    pub(super) mistake: FirstMistake,
}

/// The first mistake of a request. If there is one, nothing is sent.
#[derive(Clone, Default)]
pub(super) struct FirstMistake(Option<String>);

impl FirstMistake {
    /// Returns the mistake, if there is one, as an error.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match &self.0 {
            Some(mistake) => Err(Failure::invalid(mistake.clone())),
            None => Ok(()),
        }
    }

    /// Converts `value` to a JSON object. A mistake calls it `name`.
    pub(super) fn object<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Option<Map<String, Value>> {
        self.accept(match crate::json::to_value(value) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(format!("the {name} must be a JSON object")),
            Err(error) => Err(format!("the {name} does not serialize to JSON: {error}")),
        })
    }

    /// Returns the value, or keeps the mistake.
    fn accept<T>(&mut self, value: Result<T, String>) -> Option<T> {
        value.map_err(|mistake| self.0.get_or_insert(mistake)).ok()
    }
}

/// As Go's `time.ParseDuration` reads it: `24h`, `90m`, `1s`.
fn ban_duration(duration: Duration) -> Result<String, String> {
    let seconds = duration.as_secs();
    // Go counts nanoseconds in 63 bits.
    if duration.as_nanos() > i64::MAX as u128 {
        return Err("a ban lasts at most 292 years".to_owned());
    }
    if seconds == 0 || duration.subsec_nanos() != 0 {
        return Err("a ban must be a whole number of seconds, at least one".to_owned());
    }
    Ok(match seconds {
        hours if hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    })
}

pub(super) fn exposed<S: Serializer>(
    secret: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    secret
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(to)
}

macro_rules! attributes {
    ($(#[$doc:meta])* $name:ident { $($own:item)* }) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        #[must_use = "it does nothing until it is sent"]
        pub struct $name {
            pub(super) attributes: Attributes,
        }

        impl $name {
            /// Creates an empty value, in which nothing is set.
            pub fn new() -> Self {
                Self::default()
            }

            /// Sets the e-mail address.
            pub fn email(mut self, email: impl Into<String>) -> Self {
                self.attributes.email = Some(email.into());
                self
            }

            /// Sets the phone number, with the country code and without `+`.
            pub fn phone(mut self, phone: impl Into<String>) -> Self {
                self.attributes.phone = Some(phone.into());
                self
            }

            /// Sets the password. It never appears in a text of this crate.
            pub fn password(mut self, password: impl Into<SecretString>) -> Self {
                self.attributes.password = Some(password.into());
                self
            }

            /// Sets the password's hash, for a user from another system: bcrypt, Argon2 or Firebase's
            /// scrypt.
            pub fn password_hash(mut self, hash: impl Into<SecretString>) -> Self {
                self.attributes.password_hash = Some(hash.into());
                self
            }

            /// Sets whether the e-mail address counts as confirmed. For a new user, `false` by default.
            pub fn email_confirm(mut self, confirmed: bool) -> Self {
                self.attributes.email_confirm = Some(confirmed);
                self
            }

            /// Sets whether the phone number counts as confirmed. For a new user, `false` by default.
            pub fn phone_confirm(mut self, confirmed: bool) -> Self {
                self.attributes.phone_confirm = Some(confirmed);
                self
            }

            /// Sets the metadata that the user can change, as a JSON object. Never base access
            /// decisions on it.
            pub fn user_metadata<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
                let mistake = &mut self.attributes.mistake;
                self.attributes.user_metadata = mistake.object("user metadata", metadata);
                self
            }

            /// Sets the metadata that only the service role can change, as a JSON object. It is in the
            /// user's tokens.
            pub fn app_metadata<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
                let mistake = &mut self.attributes.mistake;
                self.attributes.app_metadata = mistake.object("app metadata", metadata);
                self
            }

            /// Bans the user for a whole number of seconds. It ends no session: tokens that were
            /// already issued stay valid until they expire.
            pub fn ban_duration(mut self, duration: Duration) -> Self {
                let mistake = &mut self.attributes.mistake;
                self.attributes.ban_duration = mistake.accept(ban_duration(duration));
                self
            }

            /// Sets the database role of the user's tokens. The default is `authenticated`.
            /// `service_role` would let the user bypass Row Level Security.
            pub fn role(mut self, role: impl Into<String>) -> Self {
                self.attributes.role = Some(role.into());
                self
            }

            $($own)*
        }

        // Passwords, addresses and metadata are not shown.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

attributes! {
    /// A user to create with [`AuthAdmin::create_user`](super::AuthAdmin::create_user). Needs an
    /// e-mail address or a phone number.
    ///
    /// ```
    /// use serde_json::json;
    /// use supabase_task::client::NewUser;
    ///
    /// let user = NewUser::new()
    ///     .email("ada@example.com")
    ///     .email_confirm(true)
    ///     .user_metadata(&json!({ "name": "Ada" }));
    /// ```
    NewUser {
        /// Sets the id, for a user from another system. A new id by default.
        pub fn id(mut self, id: UserId) -> Self {
            self.attributes.id = Some(id);
            self
        }
    }
}

attributes! {
    /// Changes to a user, for [`AuthAdmin::update_user_by_id`](super::AuthAdmin::update_user_by_id).
    /// Attributes that you leave out stay as they are.
    ///
    /// Metadata is merged key by key: a key that you leave out stays, a key that is `null` is removed.
    ///
    /// ```
    /// use serde_json::json;
    /// use supabase_task::client::UserChanges;
    ///
    /// let promotion = UserChanges::new().app_metadata(&json!({ "plan": "pro" }));
    /// ```
    UserChanges {
        /// Ends a ban.
        pub fn lift_ban(mut self) -> Self {
            self.attributes.ban_duration = Some("none".to_owned());
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ban_is_written_as_go_reads_it() {
        let ban = |seconds| ban_duration(Duration::from_secs(seconds)).unwrap();
        assert_eq!([ban(86_400), ban(5_400), ban(61)], ["24h", "90m", "61s"]);
        for wrong in [
            Duration::ZERO,
            Duration::from_millis(1_500),
            Duration::from_secs(10_000_000_000),
            Duration::MAX,
        ] {
            assert!(ban_duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_what_was_said_is_sent() {
        let user = NewUser::new()
            .email("a@b.co")
            .password("hunter2")
            .app_metadata(&json!({ "plan": "pro" }));
        assert_eq!(
            serde_json::to_value(&user.attributes).unwrap(),
            json!({ "email": "a@b.co", "password": "hunter2", "app_metadata": { "plan": "pro" } })
        );
        assert_eq!(format!("{user:?}"), "NewUser { .. }");
    }

    #[test]
    fn metadata_that_is_no_object_is_a_mistake() {
        for user in [
            NewUser::new().user_metadata(&json!([1])),
            NewUser::new().app_metadata("text"),
            NewUser::new().ban_duration(Duration::from_millis(1)),
        ] {
            assert!(user.attributes.mistake.check().is_err());
        }
    }
}
