//! The peers that are written in Rust.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rust_supabase_sdk::SupabaseClient;
use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

use super::claims::Claims;
use super::{JWT_SECRET, PUBLISHABLE_KEY, USER};

pub(crate) const OURS: &str = "supabase-task";
pub(crate) const BY_HAND: &str = "raw reqwest";
pub(crate) const SDK: &str = "rust_supabase_sdk 0.4.4";
pub(crate) const JAVASCRIPT: &str = "supabase-js 2.119.0";

/// All peers. The others are compared with the first.
pub(crate) const NAMES: [&str; 4] = [OURS, BY_HAND, SDK, JAVASCRIPT];

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Todo {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) done: bool,
}

/// One of the peers. Cheap to clone: everything that is set up once per process is shared.
pub(crate) trait Way: Clone + Send + 'static {
    /// One task: signs a token, builds a client, reads the given number of rows and decodes them.
    fn read(&self, rows: usize) -> impl Future<Output = Vec<Todo>> + Send;
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct ReadTodos {
    user_id: UserId,
    rows: usize,
}

/// Reads the user's todos.
#[supabase_task(auth = "user")]
async fn read_todos(payload: ReadTodos, supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .from("todos")
        .select("id,title,done")
        .eq("done", false)
        .limit(payload.rows as u64)
        .rows::<Todo>()
        .await?;
    Ok(todos)
}

/// This library.
#[derive(Clone)]
pub(crate) struct Ours {
    supabase: Supabase,
    user_id: UserId,
}

impl Ours {
    pub(crate) fn new(url: &str) -> Self {
        let supabase = Supabase::builder()
            .url(url)
            .publishable_key(PUBLISHABLE_KEY)
            .jwt_secret(JWT_SECRET)
            .build();
        Self {
            supabase: supabase.expect("the configuration is complete"),
            user_id: USER.parse().expect("a user id"),
        }
    }
}

impl Way for Ours {
    async fn read(&self, rows: usize) -> Vec<Todo> {
        let user_id = self.user_id;
        let payload = ReadTodos { user_id, rows };
        read_todos::run(&self.supabase, payload)
            .await
            .expect("todos")
    }
}

/// reqwest with a handwritten URL and one client for all tasks.
#[derive(Clone)]
pub(crate) struct ByHand(Arc<Signed>);

/// The one-time setup of both of the others.
struct Signed {
    http: reqwest::Client,
    url: String,
    issuer: String,
    header: Header,
    key: EncodingKey,
}

impl Signed {
    fn new(url: &str) -> Self {
        let http = reqwest::Client::builder()
            .user_agent("by-hand/0.1.0")
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .build();
        Self {
            http: http.expect("a client"),
            url: url.to_owned(),
            issuer: format!("{url}/auth/v1"),
            header: Header::new(Algorithm::HS256),
            key: EncodingKey::from_secret(JWT_SECRET.as_bytes()),
        }
    }

    fn token(&self) -> String {
        let claims = Claims::new(&self.issuer, USER, "read_todos");
        jsonwebtoken::encode(&self.header, &claims, &self.key).expect("a token")
    }
}

impl ByHand {
    pub(crate) fn new(url: &str) -> Self {
        Self(Arc::new(Signed::new(url)))
    }
}

impl Way for ByHand {
    async fn read(&self, rows: usize) -> Vec<Todo> {
        let url = &self.0.url;
        let body = self
            .0
            .http
            .get(format!(
                "{url}/rest/v1/todos?select=id%2Ctitle%2Cdone&done=eq.false&limit={rows}"
            ))
            .bearer_auth(self.0.token())
            .header("apikey", PUBLISHABLE_KEY)
            .header("accept-profile", "public")
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .expect("an answer")
            .bytes()
            .await
            .expect("a body");
        serde_json::from_slice(&body).expect("todos")
    }
}

/// `rust_supabase_sdk`, with one `reqwest::Client` for all tasks: with one for each task it takes
/// 50 ms more.
#[derive(Clone)]
pub(crate) struct Sdk(Arc<Signed>);

impl Sdk {
    pub(crate) fn new(url: &str) -> Self {
        Self(Arc::new(Signed::new(url)))
    }
}

impl Way for Sdk {
    async fn read(&self, rows: usize) -> Vec<Todo> {
        let client = SupabaseClient::builder(self.0.url.as_str(), PUBLISHABLE_KEY)
            .http_client(self.0.http.clone())
            .access_token(self.0.token())
            .build();
        client
            .from("todos")
            .select("id,title,done")
            .eq("done", false)
            .limit(rows as u64)
            .returns::<Todo>()
            .await
            .expect("todos")
    }
}
