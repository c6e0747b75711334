//! [`Acting`]: the role and the claims of a transaction.

use serde_json::json;

use super::DatabaseError;
use crate::auth::{Principal, RoleName};
use crate::token::{Minter, RunClaim, Subject};

/// Who a transaction acts as, in PostgreSQL's terms.
pub(super) struct Acting {
    pub(super) role: String,
    /// `request.jwt.claims`: a JSON object.
    pub(super) claims: String,
}

impl Acting {
    pub(super) fn new(
        principal: Principal,
        minter: Option<&Minter>,
        run: Option<&RunClaim>,
    ) -> Result<Self, DatabaseError> {
        let of_token = |role: Option<RoleName>, subject| {
            let minter = minter.ok_or_else(DatabaseError::no_signing_key)?;
            let claims = minter.claims_now(subject, run);
            Ok(Self {
                role: role.map_or_else(|| minter.user_role(), |role| role.as_str().to_owned()),
                claims: claims.map_err(DatabaseError::token)?,
            })
        };
        match principal {
            Principal::User(user) => of_token(None, Subject::user(user)),
            Principal::Role { role, user } => of_token(Some(role), Subject::role(role, user)),
            Principal::Service => Ok(Self::of_key("service_role", run)),
            Principal::Anon => Ok(Self::of_key("anon", run)),
        }
    }

    /// The claims of a role that needs no token.
    fn of_key(role: &str, run: Option<&RunClaim>) -> Self {
        let mut claims = json!({ "role": role });
        if let Some(run) = run {
            claims["supabase_task"] = json!({ "id": run.task_id, "run_id": run.run_id });
        }
        Self {
            role: role.to_owned(),
            claims: claims.to_string(),
        }
    }
}
