//! The clients that the recorded calls refer to, and how their keys and tokens are told apart.

use supabase_task::client::{AnonClient, ServiceClient, UserClient};
use supabase_task::{Supabase, UserId};
use supabase_task_tests::{hs256, user};

use serde_json::{Value, json};

const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";

/// supabase-js was recorded with placeholders for its keys and token; ours must be real ones.
pub(crate) struct Clients {
    /// `user`: key `anon-key`, token `user-jwt`.
    pub(crate) user: UserClient,
    /// `admin`: key `service-key`.
    pub(crate) admin: ServiceClient,
    /// `pub`: key `sb_publishable_abc`.
    pub(crate) publishable: AnonClient,
    /// `sec`: key `sb_secret_abc`.
    pub(crate) secret: ServiceClient,
    anon_key: String,
    service_key: String,
    user_id: UserId,
}

impl Clients {
    /// Clients of a project at `url`.
    pub(crate) fn new(url: &str) -> Self {
        let legacy = |role: &str| hs256(&json!({ "iss": "supabase", "role": role }), JWT_SECRET);
        let (anon_key, service_key) = (legacy("anon"), legacy("service_role"));
        let project = |publishable: &str, secret: &str| {
            Supabase::builder()
                .url(url)
                .publishable_key(publishable.to_owned())
                .secret_key(secret.to_owned())
                .jwt_secret(JWT_SECRET.to_owned())
                .build()
                .unwrap()
        };
        let with_legacy_keys = project(&anon_key, &service_key);
        let with_new_keys = project("sb_publishable_abc", "sb_secret_abc");
        let user_id = user(1);
        Self {
            user: with_legacy_keys.user_client(user_id).unwrap(),
            admin: with_legacy_keys.service_client().unwrap(),
            publishable: with_new_keys.anon_client().unwrap(),
            secret: with_new_keys.service_client().unwrap(),
            anon_key,
            service_key,
            user_id,
        }
    }

    /// `text` with the placeholders of the recording in place of our keys and user token.
    pub(crate) fn in_words(&self, text: &str) -> String {
        let (scheme, credential) = match text.strip_prefix("Bearer ") {
            Some(credential) => ("Bearer ", credential),
            None => ("", text),
        };
        let word = if credential == self.anon_key {
            "anon-key"
        } else if credential == self.service_key {
            "service-key"
        } else if self.is_token_of_user(credential) {
            "user-jwt"
        } else {
            credential
        };
        format!("{scheme}{word}")
    }

    fn is_token_of_user(&self, token: &str) -> bool {
        let mut validation = jsonwebtoken::Validation::default();
        validation.set_audience(&["authenticated"]);
        let key = jsonwebtoken::DecodingKey::from_secret(JWT_SECRET.as_bytes());
        let claims = jsonwebtoken::decode::<Value>(token, &key, &validation);
        claims.is_ok_and(|token| {
            token.claims["sub"] == json!(self.user_id) && token.claims["role"] == "authenticated"
        })
    }
}
