//! The Supabase client that a task receives.
//!
//! A [`Client`] acts as exactly one identity, which is part of its type: [`UserClient`],
//! [`ServiceClient`], [`AnonClient`] or [`RoleClient`]. Only this crate's factories build one. A client
//! cannot be converted to another identity, except with [`ServiceClient::act_as`] and
//! [`ServiceClient::act_as_role`], which only give up privileges.
//!
//! | part | starts at |
//! | --- | --- |
//! | tables, views and functions of the database | [`Client::from`], [`Client::rpc`]: a [`Query`] |
//! | rows and functions as types | [`Client::table`]: a [`TypedQuery`]; [`Client::call`] |
//! | files | [`Client::storage`]: see [`storage`] |
//! | Edge Functions | [`Client::functions`]: see [`functions`] |
//! | users | [`ServiceClient::auth_admin`], [`UserClient::get_user`]: see [`auth_admin`] |
//! | Realtime | [`Client::realtime`]: see [`realtime`] |
//! | queues | [`Client::queue`]: see [`queues`] |
//!
//! Every failed call returns a [`ClientError`]. `docs/client.md` in the repository lists the
//! supabase-js names of the calls and describes how the client is tested.

pub mod auth_admin;
mod connection_header;
mod error;
#[cfg(test)]
mod fault_tests;
mod function;
pub mod functions;
mod http;
#[cfg(test)]
mod identity_tests;
#[cfg(feature = "cli")]
mod openapi;
pub mod postgrest;
mod project;
pub mod queues;
pub mod realtime;
#[cfg(test)]
mod retry_tests;
pub mod rows;
mod seconds;
mod sent;
pub mod storage;
#[cfg(test)]
mod streaming_tests;
#[cfg(test)]
mod success_tests;
#[cfg(test)]
mod test_support;
mod texts;
mod to_json;
mod transport;
pub mod types;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde::Serialize;

pub(crate) use self::error::without_data;
pub use self::error::{ClientError, ClientErrorKind};
pub use self::function::Function;
pub use self::http::Timeouts;
pub(crate) use self::http::{Connections, DEFAULT_MAX_RESPONSE_BYTES, Http};
pub use self::postgrest::{Count, Counted, Filter, Order, Query, Schema, Table};
pub(crate) use self::project::Project;
pub use self::rows::{Row, TypedQuery, TypedTable};

// Earlier paths of what is documented in its own module.
#[doc(hidden)]
pub use self::auth_admin::{
    AuthAdmin, AuthErrorCode, AuthFactor, AuthIdentity, AuthUser, GeneratedLink, InviteUser,
    ListUsers, NewLink, NewUser, SignOutScope, UserChanges, UserPage, UserPages,
};
#[doc(hidden)]
pub use self::functions::{
    FunctionMethod, FunctionRegion, FunctionResponse, FunctionStream, Functions, Invoke,
    ServerEvent,
};
#[doc(hidden)]
pub use self::postgrest::{
    ArrayElement, CollectionValue, Delete, Explain, FilterValue, Filterable, Insert, Is,
    LimitsWrites, Pageable, QueryKind, ReferencedTable, Returning, ReturnsRows, Rpc, Runnable,
    Select, Sortable, TextSearch, UntypedColumn, Update, Upsert, Write, WritesRows, column,
    identifier,
};
#[doc(hidden)]
pub use self::queues::{Queue, QueueMessage, SendMessage, SendMessages};
#[doc(hidden)]
pub use self::realtime::{Broadcast, BroadcastMessage, Realtime};
#[doc(hidden)]
pub use self::rows::{
    ArrayColumn, BoolColumn, Column, Comparable, Embed, Embedded, EmbeddedQuery, FilterOf,
    InsertInto, InsertRow, JsonColumn, NullableColumn, OrderOf, QueryFuture as Answer, RowFilter,
    RowOrder, TextColumn, ToOne, TypedRows, UpdateOf, UpdateRow, ValueOf,
};
use self::storage::Storage;
use self::transport::Transport;
use crate::UserId;
use crate::auth::{Anon, AuthMode, DatabaseRole, Role, Service, User};
use crate::config::{ApiKey, ConfigError};
use crate::debug::debug_fields;
use crate::token::{RunClaim, TokenError};

/// A client that acts as one user: Row Level Security applies.
pub type UserClient = Client<User>;

/// A client that acts as the service role: it bypasses Row Level Security.
pub type ServiceClient = Client<Service>;

/// A client that acts as a visitor who is not signed in: the `anon` role.
pub type AnonClient = Client<Anon>;

/// A client that acts as the role `R` of the database: the role's grants and Row Level Security apply.
pub type RoleClient<R> = Client<Role<R>>;

/// A Supabase client for one identity. Cheap to clone; clones share connections and token.
///
/// ```
/// # use serde_json::json;
/// # use supabase_task::client::{ClientError, UserClient};
/// # #[derive(serde::Deserialize)]
/// # struct Todo { id: i64, title: String, done: bool }
/// # async fn example(supabase: UserClient) -> Result<Todo, ClientError> {
/// let todo = supabase
///     .from("todos")
///     .insert(json!({ "title": "water the plants" }))
///     .select("id,title,done")
///     .single::<Todo>()
///     .await?;
/// # Ok(todo)
/// # }
/// ```
pub struct Client<M: AuthMode> {
    project: Arc<Project>,
    transport: Transport,
    /// The run that this client was built for, passed on to the clients that it builds.
    run: Option<RunClaim>,
    mode: PhantomData<fn() -> M>,
}

impl<M: AuthMode> Client<M> {
    /// Returns a table or view of the schema `public`.
    pub fn from(&self, table: &str) -> Table {
        self.schema("public").from(table)
    }

    /// Returns the table of the row type `R`, whose queries are checked against its columns: see
    /// [`Row`].
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, done: bool }
    /// # async fn example(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    /// let open = supabase.table::<Todo>().filter(Todo::done.eq(false)).rows().await?;
    /// # Ok(open)
    /// # }
    /// ```
    pub fn table<R: Row>(&self) -> TypedTable<R, M::Tables> {
        TypedTable::new(&self.schema(R::SCHEMA))
    }

    /// Returns another schema. It must be exposed in the project's API settings.
    pub fn schema(&self, name: &str) -> Schema {
        match name {
            "public" => Schema::new(self.transport.clone(), "public"),
            _ => Schema::new(self.transport.clone(), name.to_owned()),
        }
    }

    /// Calls a function of the schema `public` with `arguments`: an object with one field for each
    /// argument, or `&()` for none.
    ///
    /// Await the query to ignore the result, or end it with [`execute`](Query::execute). If the
    /// function returns rows, you can add filters and end with [`rows`](Query::rows).
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// supabase.rpc("archive_todo", json!({ "todo_id": 7 })).await?;
    /// let titles = supabase.rpc("open_titles", ()).limit(3).execute::<Vec<String>>().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rpc<A: Serialize>(&self, function: &str, arguments: A) -> Query<Rpc> {
        self.schema("public").rpc(function, arguments)
    }

    /// Returns the entry point to files: see [`storage`].
    pub fn storage(&self) -> Storage<M> {
        Storage::new(self.transport.clone())
    }

    /// Returns the entry point to the project's Edge Functions: see [`functions`].
    pub fn functions(&self) -> Functions {
        Functions::new(self.transport.clone())
    }

    /// Returns the entry point for sending messages to the subscribers of a topic: see [`realtime`].
    pub fn realtime(&self) -> Realtime {
        Realtime::new(self.transport.clone())
    }

    /// Returns a queue of Supabase Queues. The schema `pgmq_public` must be exposed.
    pub fn queue(&self, name: &str) -> Queue {
        Queue::new(self.transport.clone(), name)
    }

    /// Builds the client of `identity`, whose tokens name `run`.
    pub(crate) fn connect(
        project: &Arc<Project>,
        service_key: Option<&ApiKey>,
        identity: M::Identity,
        run: Option<RunClaim>,
    ) -> Result<Self, ConfigError> {
        let transport = project.transport(M::principal(identity), service_key, run)?;
        Ok(Self {
            project: Arc::clone(project),
            transport,
            run,
            mode: PhantomData,
        })
    }

    /// Sets a deadline for every call of the client: a call that is not complete at `deadline` fails
    /// with a timeout. An earlier deadline that is already set stays.
    ///
    /// ```
    /// # use std::time::{Duration, Instant};
    /// # use supabase_task::client::UserClient;
    /// # fn example(supabase: UserClient) {
    /// let supabase = supabase.with_deadline(Instant::now() + Duration::from_secs(5));
    /// # drop(supabase);
    /// # }
    /// ```
    #[must_use = "the deadline applies to the returned client"]
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.transport = self.transport.with_deadline(deadline.into());
        self
    }

    /// Turns automatic retries of read-only requests on or off, for when the network fails or the
    /// server is briefly unavailable: see [`Query::retry`]. They are on unless this method or
    /// [`SupabaseBuilder::retries`](crate::SupabaseBuilder::retries) turns them off.
    #[must_use = "the setting applies to the returned client"]
    pub fn with_retries(mut self, retries: bool) -> Self {
        self.transport = self.transport.with_retries(retries);
        self
    }
}

impl<R: DatabaseRole> Client<Role<R>> {
    /// Returns the token that this client sends, as [`UserClient::access_token`] does.
    ///
    /// Anyone who has the token can act as the role until it expires.
    ///
    /// # Errors
    ///
    /// If the token cannot be signed.
    pub fn access_token(&self) -> Result<SecretString, TokenError> {
        self.transport.access_token()
    }
}

impl Client<User> {
    /// Returns the token that this client sends, after signing a new one if the current one is about
    /// to expire. Use it for services that this crate has no client for, such as a Realtime socket.
    ///
    /// Anyone who has the token can act as the user until it expires.
    ///
    /// # Errors
    ///
    /// If the token cannot be signed.
    pub fn access_token(&self) -> Result<SecretString, TokenError> {
        self.transport.access_token()
    }
}

impl Client<Service> {
    /// Returns a client that acts as `user`, for the part of a service task that should not bypass
    /// Row Level Security.
    ///
    /// # Errors
    ///
    /// If the project has no publishable key, or no key to sign the user's token with.
    ///
    /// ```
    /// # use supabase_task::prelude::*;
    /// # async fn example(supabase: ServiceClient, owner: UserId) -> TaskResult<()> {
    /// let as_owner = supabase.act_as(owner)?;
    /// let visible = as_owner.from("todos").select("id").head().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn act_as(&self, user: UserId) -> Result<UserClient, ConfigError> {
        UserClient::connect(&self.project, None, user, self.run)
    }

    /// Returns a client that acts as the role `R`, for the part of a service task that needs no more than
    /// the role may do.
    ///
    /// # Errors
    ///
    /// If the project has no publishable key, or no key to sign the role's token with.
    ///
    /// ```
    /// # use supabase_task::prelude::*;
    /// # #[derive(serde::Deserialize, Row)]
    /// # struct Order { id: i64 }
    /// #[derive(DatabaseRole)]
    /// #[role(name = "reporter", select(Order))]
    /// struct Reporter;
    ///
    /// # async fn example(supabase: ServiceClient) -> TaskResult<()> {
    /// let reporter = supabase.act_as_role::<Reporter>()?;
    /// let orders = reporter.table::<Order>().rows().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn act_as_role<R: DatabaseRole>(&self) -> Result<RoleClient<R>, ConfigError> {
        RoleClient::connect(&self.project, None, None, self.run)
    }

    /// Returns the entry point for administering the project's users: see [`auth_admin`].
    pub fn auth_admin(&self) -> AuthAdmin {
        AuthAdmin::new(self.transport.clone())
    }
}

impl<M: AuthMode> Clone for Client<M> {
    fn clone(&self) -> Self {
        Self {
            project: Arc::clone(&self.project),
            transport: self.transport.clone(),
            run: self.run,
            mode: PhantomData,
        }
    }
}

debug_fields!([M: AuthMode] Client<M>: |this| {
    mode: M::KIND.as_str(),
    host: this.transport.host(),
    identity: format_args!("{}", this.transport.identity()),
});
