//! The Supabase client a task is given.
//!
//! A [`Client`] is of exactly one identity, which its type says: [`UserClient`], [`ServiceClient`]
//! or [`AnonClient`]. Only a factory of this crate builds one, and nothing turns one into another,
//! except [`ServiceClient::act_as`], which goes downward.
//!
//! | part | begins at |
//! | --- | --- |
//! | tables, views and functions of the database | [`Client::from`], [`Client::rpc`]: a [`Query`] |
//! | rows and functions as types | [`Client::table`]: a [`TypedQuery`]; [`Client::call`] |
//! | files | [`Client::storage`]: see [`storage`] |
//! | Edge Functions | [`Client::functions`]: see [`functions`] |
//! | users | [`ServiceClient::auth_admin`], [`UserClient::get_user`]: see [`auth_admin`] |
//! | Realtime | [`Client::realtime`]: see [`realtime`] |
//! | queues | [`Client::queue`]: see [`queues`] |
//!
//! Every call that fails is a [`ClientError`]. How it was tested, and what it is called in
//! supabase-js, is in `docs/client.md` of the repository.

pub mod auth_admin;
mod end;
mod endpoints;
mod error;
#[cfg(test)]
mod fault_tests;
mod function;
pub mod functions;
mod headers;
mod http;
#[cfg(test)]
mod identity_tests;
#[cfg(feature = "cli")]
mod openapi;
mod postgrest;
mod project;
pub mod queues;
pub mod realtime;
mod received;
mod request;
mod retries;
mod retry_budget;
#[cfg(test)]
mod retry_tests;
mod rows;
mod seconds;
pub mod storage;
#[cfg(test)]
mod streaming_tests;
#[cfg(test)]
mod success_tests;
#[cfg(test)]
mod test_support;
mod transport;
pub mod types;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde::Serialize;

pub use self::auth_admin::{
    AuthAdmin, AuthErrorCode, AuthFactor, AuthIdentity, AuthUser, GeneratedLink, InviteUser,
    ListUsers, NewLink, NewUser, SignOutScope, UserChanges, UserPage, UserPages,
};
pub(crate) use self::error::without_data;
pub use self::error::{ClientError, ClientErrorKind};
pub use self::function::Function;
pub use self::functions::{
    FunctionMethod, FunctionRegion, FunctionResponse, FunctionStream, Functions, Invoke,
    ServerEvent,
};
pub use self::http::Timeouts;
pub(crate) use self::http::{DEFAULT_MAX_RESPONSE_BYTES, Http};
pub use self::postgrest::{
    ArrayElement, CollectionValue, Count, Counted, Delete, Explain, Filter, FilterValue,
    Filterable, Insert, Is, LimitsWrites, Order, Pageable, Query, QueryKind, ReferencedTable,
    Returning, ReturnsRows, Rpc, Runnable, Schema, Select, Sortable, Table, TextSearch,
    UntypedColumn, Update, Upsert, Write, WritesRows, column, identifier,
};
pub(crate) use self::project::Project;
pub use self::queues::{Queue, QueueMessage, SendMessage, SendMessages};
pub use self::realtime::{Broadcast, BroadcastMessage, Realtime};
pub use self::rows::{
    Answer, ArrayColumn, BoolColumn, Column, Comparable, Embed, Embedded, EmbeddedQuery, FilterOf,
    InsertInto, InsertRow, JsonColumn, NullableColumn, OrderOf, Row, RowFilter, RowOrder,
    TextColumn, ToOne, TypedQuery, TypedRows, TypedTable, UpdateOf, UpdateRow, ValueOf,
};
use self::storage::Storage;
use self::transport::Transport;
use crate::UserId;
use crate::auth::{Anon, AuthMode, Service, User};
use crate::config::{ApiKey, ConfigError};
use crate::token::{RunClaim, TokenError};

/// A client that acts as one user: Row Level Security applies.
pub type UserClient = Client<User>;

/// A client that acts as the service role: it bypasses Row Level Security.
pub type ServiceClient = Client<Service>;

/// A client that acts as a visitor who is not signed in: the `anon` role.
pub type AnonClient = Client<Anon>;

/// A Supabase client of one identity. Cheap to clone; clones share connections and token.
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
    /// The run this client was built for; the clients it builds carry it on.
    run: Option<RunClaim>,
    mode: PhantomData<fn() -> M>,
}

impl<M: AuthMode> Client<M> {
    /// A table or view of the schema `public`.
    pub fn from(&self, table: &str) -> Table {
        self.schema("public").from(table)
    }

    /// The table of the row `R`, checked against its columns: see [`Row`].
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, done: bool }
    /// # async fn example(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    /// let open = supabase.table::<Todo>().filter(Todo::done.eq(false)).all().await?;
    /// # Ok(open)
    /// # }
    /// ```
    pub fn table<R: Row>(&self) -> TypedTable<R> {
        TypedTable::new(&self.schema(R::SCHEMA))
    }

    /// Another schema. It must be exposed in the project's API settings.
    pub fn schema(&self, name: &str) -> Schema {
        match name {
            "public" => Schema::new(self.transport.clone(), "public"),
            _ => Schema::new(self.transport.clone(), name.to_owned()),
        }
    }

    /// Calls a function of the schema `public` with `arguments`: an object with one field for each,
    /// or `&()` for none.
    ///
    /// Await it for its effect alone, or end it with [`execute`](Query::execute) or, where it
    /// returns rows, with filters and [`rows`](Query::rows).
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

    /// Files: see [`storage`].
    pub fn storage(&self) -> Storage<M> {
        Storage::new(self.transport.clone())
    }

    /// The project's Edge Functions.
    pub fn functions(&self) -> Functions {
        Functions::new(self.transport.clone())
    }

    /// Messages to whoever listens on a topic.
    pub fn realtime(&self) -> Realtime {
        Realtime::new(self.transport.clone())
    }

    /// A queue of Supabase Queues. The schema `pgmq_public` must be exposed.
    pub fn queue(&self, name: &str) -> Queue {
        Queue::new(self.transport.clone(), name)
    }
}

impl<M: AuthMode> Client<M> {
    /// The client of `identity`, whose tokens name `run`.
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
}

impl<M: AuthMode> Client<M> {
    /// The same client, whose every call is over at `deadline`: a call that takes longer is a
    /// timeout. A deadline that is there already stays, if it is sooner.
    ///
    /// ```
    /// # use std::time::{Duration, Instant};
    /// # use supabase_task::client::UserClient;
    /// # fn example(supabase: UserClient) {
    /// let supabase = supabase.with_deadline(Instant::now() + Duration::from_secs(5));
    /// # drop(supabase);
    /// # }
    /// ```
    #[must_use = "the deadline holds for the client returned"]
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.transport = self.transport.with_deadline(deadline.into());
        self
    }

    /// The same client, which sends what only reads again or not, when the network fails or the
    /// server is away for a moment: see [`Query::retry`]. It does, unless this or
    /// [`SupabaseBuilder::retries`](crate::SupabaseBuilder::retries) says otherwise.
    #[must_use = "it holds for the client returned"]
    pub fn with_retries(mut self, retries: bool) -> Self {
        self.transport = self.transport.with_retries(retries);
        self
    }
}

impl Client<User> {
    /// The token this client sends: valid for at least the time it is still kept, signed anew when
    /// it is not. For what this crate has no client for, such as a Realtime socket.
    ///
    /// Whoever holds it acts as the user until it ends.
    ///
    /// # Errors
    ///
    /// If the token cannot be signed.
    pub fn access_token(&self) -> Result<SecretString, TokenError> {
        self.transport.access_token()
    }
}

impl Client<Service> {
    /// A client that acts as `user`, for the part of a service task that should not bypass Row
    /// Level Security.
    ///
    /// # Errors
    ///
    /// If the project has no publishable key, or no key to sign a user's token with.
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

    /// The users of the project.
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

impl<M: AuthMode> fmt::Debug for Client<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("mode", &M::KIND.as_str())
            .field("host", &self.transport.host())
            .field("identity", &format_args!("{}", self.transport.identity()))
            .finish_non_exhaustive()
    }
}
