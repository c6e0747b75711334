//! Clients of each identity, and users for them.

use serde_json::json;
use uuid::Uuid;

use super::{LocalError, LocalSupabase, auth};
use crate::UserId;
use crate::client::{AnonClient, ServiceClient, UserClient};

impl LocalSupabase {
    /// Returns a client that acts as `user`, for a test's own requests. The user need not exist.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_task::LocalSupabase;
    ///
    /// let stack = LocalSupabase::start().await?;
    /// let alice = stack.create_user("alice@example.com").await?;
    /// let seen = stack.as_user(alice)?.from("todos").select("*").head().await?;
    /// assert_eq!(seen, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LocalError::Config`], which a stack's own keys do not cause.
    pub fn as_user(&self, user: impl Into<UserId>) -> Result<UserClient, LocalError> {
        self.supabase
            .user_client(user.into())
            .map_err(LocalError::Config)
    }

    /// Returns a client of a visitor who has not signed in, for a test's own requests.
    ///
    /// # Errors
    ///
    /// As [`as_user`](Self::as_user).
    pub fn as_anon(&self) -> Result<AnonClient, LocalError> {
        self.supabase.anon_client().map_err(LocalError::Config)
    }

    /// Returns a client of the service role, which bypasses Row Level Security, for a test's own requests.
    ///
    /// # Errors
    ///
    /// As [`as_user`](Self::as_user).
    pub fn as_service(&self) -> Result<ServiceClient, LocalError> {
        self.supabase.service_client().map_err(LocalError::Config)
    }

    /// Creates a user in `auth.users` with a confirmed email, as the admin API does, and returns the id. Your
    /// triggers on `auth.users` fire. For users with metadata, use the admin API of [`as_service`](Self::as_service).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let stack = supabase_task::LocalSupabase::start().await?;
    /// let alice = stack.create_user("alice@example.com").await?;
    /// let bob = stack.create_user("bob@example.com").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LocalError::Sql`] if there is a user with this email, or if a trigger refuses the user.
    pub async fn create_user(&self, email: impl Into<String>) -> Result<UserId, LocalError> {
        let id = Uuid::new_v4();
        let user = json!({ "id": id, "email": email.into(), "email_confirm": true }).to_string();
        self.on_its_thread(async move |api| {
            sqlx::query(auth::CREATE_USER)
                .bind(user)
                .execute(api.database().pool())
                .await
                .map_err(|error| LocalError::from_sql(error, "create_user", auth::CREATE_USER))
        })
        .await?;
        Ok(id.into())
    }
}
