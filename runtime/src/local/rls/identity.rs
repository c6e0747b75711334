//! Who a probe acts as.

use super::ORIGIN;
use crate::UserId;
use crate::local::LocalError;
use crate::local::database::OwnerSession;

/// The claims that Supabase Auth signs for the user `$1`.
const CLAIMS: &str = "select jsonb_build_object( \
      'sub', given.id, 'role', 'authenticated', 'aud', 'authenticated', \
      'email', coalesce(email, ''), 'phone', coalesce(phone, ''), \
      'app_metadata', coalesce(raw_app_meta_data, '{}'), \
      'user_metadata', coalesce(raw_user_meta_data, '{}'), \
      'aal', 'aal1', 'is_anonymous', coalesce(is_anonymous, false) \
    )::text from (select $1::uuid) as given (id) left join auth.users using (id)";

/// Who a probe acts as.
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) role: &'static str,
    /// A JSON object.
    claims: String,
}

impl Identity {
    pub(super) fn anon() -> Self {
        Self::without_user("anon", "anon")
    }

    pub(super) fn service() -> Self {
        Self::without_user("service", "service_role")
    }

    fn without_user(name: &str, role: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            role,
            claims: format!("{{\"role\":\"{role}\"}}"),
        }
    }

    pub(super) async fn user(
        name: String,
        user: UserId,
        owner: &mut OwnerSession,
    ) -> Result<Self, LocalError> {
        let claims = sqlx::query_scalar(CLAIMS)
            .bind(user.to_string())
            .fetch_one(owner.connection())
            .await
            .map_err(|error| LocalError::from_sql(error, ORIGIN, CLAIMS))?;
        let role = "authenticated";
        Ok(Self { name, role, claims })
    }

    /// The statements that make a transaction this identity's, as PostgREST does.
    pub(super) fn act(&self) -> String {
        let claims = self.claims.replace('\'', "''");
        let role = self.role;
        format!("set local role {role}; set local request.jwt.claims = '{claims}'")
    }
}
