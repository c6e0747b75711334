//! Supabase Auth: the users of a project, for the service client only, and the user of a user
//! client.
//!
//! [`ServiceClient::auth_admin`](super::ServiceClient::auth_admin) sends what supabase-js's
//! `auth.admin` sends, with these differences:
//!
//! - [`delete_user`](AuthAdmin::delete_user) deletes at once; supabase-js reads the user first, to
//!   return it.
//! - The number of the next page is read with all its digits; supabase-js reads only the first.
//!
//! Passwords, links and tokens are [`SecretString`]s, and never appear in a text of this crate.
//!
//! Tested on the wire, against the requests recorded from supabase-js 2.119 and a server that fails.
//! Creating, reading, listing, updating and deleting users and [`UserClient::get_user`] also run
//! against `LocalSupabase`, whose Auth is a stand-in over a real `auth.users`; nothing here was run
//! against Supabase's own Auth server.

mod attributes;
mod call;
mod empty;
mod error_code;
mod factor;
mod invite;
mod link;
mod pages;
mod sign_out;
mod user;
#[cfg(test)]
mod wire_tests;

use http::Method;
use secrecy::SecretString;
use serde_json::json;

pub use self::attributes::{NewUser, UserChanges};
use self::call::Call;
pub use self::error_code::AuthErrorCode;
pub use self::factor::AuthFactor;
pub use self::invite::InviteUser;
pub use self::link::{GeneratedLink, NewLink};
pub use self::pages::{ListUsers, UserPage, UserPages};
pub use self::sign_out::SignOutScope;
pub use self::user::{AuthIdentity, AuthUser};
use super::UserClient;
use super::error::ClientError;
use super::transport::Transport;
use crate::UserId;
use crate::client::transport::Operation;
use crate::debug::debug_fields;

/// The users of a project. From [`ServiceClient::auth_admin`](super::ServiceClient::auth_admin).
///
/// [`ClientError::auth_code`] returns why Auth refused a call; [`ClientError::is_not_found`] and
/// [`ClientError::is_conflict`] cover the most common reasons.
#[derive(Clone)]
pub struct AuthAdmin {
    transport: Transport,
}

impl AuthAdmin {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Creates a user. No e-mail is sent. If the address or number is already in use, the error is
    /// [`is_conflict`](ClientError::is_conflict).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, NewUser, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let ada = NewUser::new().email("ada@example.com").email_confirm(true);
    /// match supabase.auth_admin().create_user(ada).await {
    ///     Ok(user) => println!("created {}", user.id),
    ///     Err(error) if error.is_conflict() => println!("there already"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_user(&self, user: NewUser) -> Result<AuthUser, ClientError> {
        self.call(
            Method::POST,
            &["admin", "users"],
            Operation::new("create user"),
        )
        .with(|_| user.attributes.mistake.check())
        .json(&user.attributes)
        .send()
        .await?
        .decode()
    }

    /// Lists users, the newest first: await it for one page, or read all pages with
    /// [`pages`](ListUsers::pages).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let page = supabase.auth_admin().list_users().page(2).per_page(100).await?;
    /// println!("{} of {:?}", page.users.len(), page.total);
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_users(&self) -> ListUsers {
        ListUsers::new(self.transport.clone())
    }

    /// Returns one user. If the user does not exist, the error is
    /// [`is_not_found`](ClientError::is_not_found).
    ///
    /// ```
    /// # use supabase_task::UserId;
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient, id: UserId) -> Result<(), ClientError> {
    /// let user = supabase.auth_admin().get_user_by_id(id).await?;
    /// let address = user.email;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_user_by_id(&self, id: UserId) -> Result<AuthUser, ClientError> {
        self.user_call(Method::GET, id, "get user")
            .send()
            .await?
            .decode()
    }

    /// Changes a user at once: a new address needs no confirmation. The user's tokens show the change
    /// when they are next renewed.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use supabase_task::UserId;
    /// # use supabase_task::client::{ClientError, ServiceClient, UserChanges};
    /// # async fn example(supabase: ServiceClient, id: UserId) -> Result<(), ClientError> {
    /// let a_day = Duration::from_secs(24 * 60 * 60);
    /// let banned = UserChanges::new().ban_duration(a_day);
    /// supabase.auth_admin().update_user_by_id(id, banned).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_user_by_id(
        &self,
        id: UserId,
        changes: UserChanges,
    ) -> Result<AuthUser, ClientError> {
        self.user_call(Method::PUT, id, "update user")
            .with(|_| changes.attributes.mistake.check())
            .json(&changes.attributes)
            .send()
            .await?
            .decode()
    }

    /// Deletes a user, and every row that references the user with `on delete cascade`. If the user does
    /// not exist, the error is [`is_not_found`](ClientError::is_not_found).
    pub async fn delete_user(&self, id: UserId) -> Result<(), ClientError> {
        self.delete(id, false).await
    }

    /// Deletes a user but keeps the row, with a hash in place of address and number. This cannot be
    /// undone.
    pub async fn soft_delete_user(&self, id: UserId) -> Result<(), ClientError> {
        self.delete(id, true).await
    }

    async fn delete(&self, id: UserId, soft: bool) -> Result<(), ClientError> {
        self.user_call(Method::DELETE, id, "delete user")
            .json(&json!({ "should_soft_delete": soft }))
            .send()
            .await?
            .done()
    }

    /// Sends an invitation by e-mail, which creates the user.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let invited = supabase
    ///     .auth_admin()
    ///     .invite_user_by_email("ada@example.com")
    ///     .redirect_to("https://example.com/welcome")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn invite_user_by_email(&self, email: impl Into<String>) -> InviteUser {
        InviteUser::new(self.transport.clone(), email.into())
    }

    /// Generates a link that you send to a user yourself. No e-mail is sent.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, NewLink, ServiceClient};
    /// # use secrecy::ExposeSecret;
    /// # async fn send_mail(link: &str) {}
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let link = NewLink::magic_link("ada@example.com").redirect_to("https://example.com");
    /// let link = supabase.auth_admin().generate_link(link).await?;
    /// send_mail(link.action_link.expose_secret()).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn generate_link(&self, link: NewLink) -> Result<GeneratedLink, ClientError> {
        let operation = Operation::new("generate link");
        self.call(Method::POST, &["admin", "generate_link"], operation)
            .with(|_| link.mistake.check())
            .redirect_to(link.target())
            .json(&link)
            .send()
            .await?
            .decode()
    }

    /// Signs a user out, by one of the user's access tokens. Access tokens stay valid until they
    /// expire, but can no longer be renewed.
    ///
    /// A token that this crate signed belongs to no session, so there is no session to end.
    pub async fn sign_out(
        &self,
        access_token: &SecretString,
        scope: SignOutScope,
    ) -> Result<(), ClientError> {
        self.call(Method::POST, &["logout"], Operation::new("sign out"))
            .query("scope", scope.as_str())
            .with(|request| sign_out::as_user(request, access_token))
            .send()
            .await?
            .done()
    }

    /// Returns the second factors of a user.
    pub async fn list_factors(&self, user: UserId) -> Result<Vec<AuthFactor>, ClientError> {
        let id = user.to_string();
        let operation = Operation::on("list factors of user", id.clone());
        self.call(Method::GET, &["admin", "users", &id, "factors"], operation)
            .send()
            .await?
            .decode()
    }

    /// Removes a second factor of a user, by its id from [`list_factors`](Self::list_factors), and signs
    /// the user out of the sessions that used it.
    pub async fn delete_factor(&self, user: UserId, factor: &str) -> Result<(), ClientError> {
        let id = user.to_string();
        let operation = Operation::on("delete factor of user", id.clone());
        let path = ["admin", "users", &id, "factors", factor];
        self.call(Method::DELETE, &path, operation)
            .send()
            .await?
            .done()
    }

    fn user_call(&self, method: Method, id: UserId, verb: &'static str) -> Call {
        let id = id.to_string();
        let operation = Operation::on(verb, id.clone());
        self.call(method, &["admin", "users", &id], operation)
    }

    fn call(&self, method: Method, path: &[&str], operation: Operation) -> Call {
        Call::new(&self.transport, method, path, operation)
    }
}

debug_fields!(AuthAdmin: |this| { host: this.transport.host() });

impl UserClient {
    /// Returns the user that this client acts as, as Supabase Auth knows it.
    ///
    /// A token is signed from a user's id alone, so a task can run as a user that Auth does not know.
    /// The error is then [`is_not_found`](ClientError::is_not_found).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let user = supabase.get_user().await?;
    /// let plan = user.app_metadata.get("plan");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_user(&self) -> Result<AuthUser, ClientError> {
        let operation = Operation::new("get user");
        Call::new(&self.transport, Method::GET, &["user"], operation)
            .send()
            .await?
            .decode()
    }
}
