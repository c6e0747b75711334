//! The task, written without this library: with reqwest, jsonwebtoken and serde_json.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use supabase_task::UserId;
use uuid::Uuid;

use super::{JWT_SECRET, PUBLISHABLE_KEY, ReadTodo, Todo};

/// The one-time setup. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ByHand(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    url: String,
    issuer: String,
    header: Header,
    key: EncodingKey,
}

impl ByHand {
    pub(crate) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder()
            .user_agent(concat!("supabase-task/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()
            .expect("a client");
        Self(Arc::new(Inner {
            http,
            url: url.to_owned(),
            issuer: format!("{url}/auth/v1"),
            header: Header::new(Algorithm::HS256),
            key: EncodingKey::from_secret(JWT_SECRET.as_bytes()),
        }))
    }

    pub(crate) async fn read_todo(
        &self,
        payload: ReadTodo,
    ) -> Result<Todo, Box<dyn Error + Send + Sync>> {
        let Inner {
            http,
            url,
            issuer,
            header,
            key,
        } = &*self.0;
        let token = jsonwebtoken::encode(header, &Claims::new(payload.user_id, issuer)?, key)?;
        let id = payload.id;
        let body = http
            .get(format!(
                "{url}/rest/v1/todos?select=id%2Ctitle%2Cdone&id=eq.{id}"
            ))
            .bearer_auth(token)
            .header("apikey", PUBLISHABLE_KEY)
            .header("accept-profile", "public")
            .header("accept", "application/vnd.pgrst.object+json")
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// The claims of a Supabase Auth token, and the run.
#[derive(Serialize)]
struct Claims<'a> {
    sub: UserId,
    iss: &'a str,
    aud: &'static str,
    role: &'static str,
    email: &'static str,
    phone: &'static str,
    app_metadata: Empty,
    user_metadata: Empty,
    aal: &'static str,
    is_anonymous: bool,
    iat: u64,
    exp: u64,
    supabase_task: Run,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Run {
    id: &'static str,
    run_id: Uuid,
}

impl<'a> Claims<'a> {
    fn new(sub: UserId, iss: &'a str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(Self {
            sub,
            iss,
            aud: "authenticated",
            role: "authenticated",
            email: "",
            phone: "",
            app_metadata: Empty {},
            user_metadata: Empty {},
            aal: "aal1",
            is_anonymous: false,
            iat: now - 10,
            exp: now + 3600,
            supabase_task: Run {
                id: "read_todo",
                run_id: Uuid::now_v7(),
            },
        })
    }
}
