//! No text contains a secret: every public type, every error, every log line at TRACE.
//!
//! A separate test program, because it captures all logs of the process.

use std::fmt::{Debug, Display};
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use supabase_task::client::{NewLink, NewUser};
use supabase_task::prelude::*;
use supabase_task::task::{TaskRequest, linked_tasks};
use supabase_task::{FromTask, LocalSupabase, UserId};
use supabase_task_tests::{Logs, MIGRATION, signing_key, user};

/// The password of a user that is created, and what is sent elsewhere.
const PASSWORD: &str = "pass-word-8";

#[derive(Debug, Serialize, Deserialize)]
struct As {
    user_id: UserId,
}

/// What a task can see of its request, as text.
struct RequestText(String);

impl<M: supabase_task::AuthMode> FromTask<M> for RequestText {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(Self(format!("{request:?}")))
    }
}

#[supabase_task(auth = "user")]
async fn look(
    _payload: As,
    supabase: UserClient,
    request: RequestText,
    ctx: TaskContext,
) -> TaskResult<(String, String)> {
    let token = supabase.access_token()?;
    supabase
        .from("todos")
        .select("*")
        .eq("title", "a")
        .execute::<serde_json::Value>()
        .await?;
    Ok((
        format!("{supabase:?} {} {ctx:?}", request.0),
        token.expose_secret().to_owned(),
    ))
}

/// Refused by Row Level Security.
#[supabase_task(auth = "user")]
async fn steal(_payload: As, supabase: UserClient) -> TaskResult<()> {
    Ok(supabase
        .from("todos")
        .insert(json!({ "user_id": user(9), "title": "x" }))
        .await?)
}

#[supabase_task(auth = "service")]
async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<String> {
    supabase.from("todos").delete().eq("done", true).await?;
    let new = NewUser::new()
        .email(format!(
            "{}@example.com",
            UserId::from(uuid::Uuid::new_v4())
        ))
        .password(PASSWORD)
        .password_hash(PASSWORD);
    let text = format!("{new:?} {:?}", NewLink::signup("a@b.co", PASSWORD));
    let created = supabase.auth_admin().create_user(new).await?;
    let link = NewLink::signup("a@b.co", PASSWORD);
    let refused = supabase.auth_admin().generate_link(link).await.unwrap_err();
    let invoke = supabase.functions().invoke("f").text(PASSWORD);
    let called = format!("{invoke:?} {:?}", supabase.functions());
    let failed = invoke.execute::<()>().await.unwrap_err();
    let broadcast = supabase.realtime().broadcast("t", "e", PASSWORD);
    let sent = format!("{broadcast:?} {:?}", supabase.realtime());
    let unsent = broadcast.await.unwrap_err();
    Ok(format!(
        "{text} {created:?} {refused:?} {refused} {called} {failed:?} {failed} {sent} {unsent:?} \
         {:?} {supabase:?} {:?} {:?}",
        supabase.queue("q").send(PASSWORD),
        supabase.auth_admin(),
        supabase.act_as(user(1))?
    ))
}

/// Texts, and where each came from.
#[derive(Default)]
struct Texts(Vec<(&'static str, String)>);

impl Texts {
    fn debug(&mut self, name: &'static str, value: &dyn Debug) {
        self.0.push((name, format!("{value:?} {value:#?}")));
    }

    fn error<E: std::error::Error>(&mut self, name: &'static str, error: &E) {
        let mut text = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        self.0.push((name, text));
    }

    fn text(&mut self, name: &'static str, text: impl Display) {
        self.0.push((name, text.to_string()));
    }
}

#[tokio::test]
async fn no_secret_is_in_any_text() {
    let logs = Logs::capture();
    let mut texts = Texts::default();
    let (jwk, jwks) = signing_key("current");
    let stack = LocalSupabase::builder()
        .sql(MIGRATION)
        .jwks(jwks)
        .start()
        .await
        .unwrap();

    let hs256 = stack.supabase();
    let builder = || {
        Supabase::builder()
            .url(stack.url())
            .publishable_key(stack.publishable_key())
            .secret_key(stack.secret_key())
            .jwt_signing_key(jwk.clone())
            .token_claim("email", "alice@example.com")
    };
    let es256 = builder().build().unwrap();
    let legacy = Supabase::builder()
        .url(stack.url())
        .publishable_key(stack.anon_key())
        .secret_key(stack.service_role_key())
        .jwt_secret(stack.jwt_secret())
        .build()
        .unwrap();

    let mut tokens = Vec::new();
    for supabase in [&hs256, &es256, &legacy] {
        let (text, token) = look::run(supabase, As { user_id: user(1) }).await.unwrap();
        texts.text("what a task sees", text);
        tokens.push(token);
        texts.text(
            "what a service task sees",
            sweep::run(supabase, ()).await.unwrap(),
        );
        texts.error(
            "TaskError",
            &steal::run(supabase, As { user_id: user(1) })
                .await
                .unwrap_err(),
        );
        texts.debug("Supabase", supabase);
        texts.debug("UserClient", &supabase.user_client(user(1)).unwrap());
        texts.debug("ServiceClient", &supabase.service_client().unwrap());
        texts.debug("AnonClient", &supabase.anon_client().unwrap());
    }
    texts.debug("SupabaseBuilder", &builder());
    texts.debug(
        "SupabaseBuilder with state",
        &builder().state("state".to_owned()),
    );
    texts.debug("LocalSupabase", &stack);
    texts.debug(
        "LocalSupabaseBuilder",
        &LocalSupabase::builder().jwt_secret(stack.jwt_secret()),
    );
    for task in linked_tasks() {
        texts.debug("TaskEntry", task);
    }
    client_errors(&stack, &jwk, &mut texts).await;
    config_errors(&stack, &jwk, &mut texts);
    let error = LocalSupabase::builder()
        .database_url("postgresql://postgres:pass-word-7@127.0.0.1:9/postgres")
        .start()
        .await
        .unwrap_err();
    texts.error("LocalError", &error);

    let private_part = serde_json::from_str::<serde_json::Value>(&jwk).unwrap()["d"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut secrets = vec![
        ("JWT secret", stack.jwt_secret().to_owned()),
        ("secret key", stack.secret_key().to_owned()),
        ("publishable key", stack.publishable_key().to_owned()),
        ("service_role key", stack.service_role_key().to_owned()),
        ("anon key", stack.anon_key().to_owned()),
        ("signing key", private_part),
        ("database password", "pass-word-7".to_owned()),
        ("user's password", PASSWORD.to_owned()),
    ];
    secrets.extend(tokens.into_iter().map(|token| ("access token", token)));
    stack.shutdown().await.unwrap();

    assert!(texts.0.len() > 40, "{}", texts.0.len());
    for (name, text) in &texts.0 {
        for (what, secret) in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "the {what} is in the text of {name}: {text}"
            );
        }
    }
    let logged = logs.text();
    assert!(
        logged.contains("TRACE") && logged.contains("task.run_id"),
        "the logs are not captured"
    );
    for (what, secret) in &secrets {
        let line = logged.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "the {what} is in the logs: {line:?}");
    }
}

/// One of each kind of failed call.
async fn client_errors(stack: &LocalSupabase, jwk: &str, texts: &mut Texts) {
    let client = stack.supabase().user_client(user(1)).unwrap();
    let rows = |table: &'static str| client.from(table).select("*").execute::<Vec<()>>();
    texts.error("no such table", &rows("nothing").await.unwrap_err());
    let insert = client
        .from("todos")
        .insert(json!({ "user_id": user(1), "title": "a" }));
    insert.await.unwrap();
    texts.error("not decoded", &rows("todos").await.unwrap_err());
    let update = client.from("todos").update(json!({ "done": true }));
    texts.error("no filter", &update.await.unwrap_err());

    let elsewhere = |url: &str| {
        let supabase = Supabase::builder()
            .url(url)
            .publishable_key(stack.publishable_key())
            .secret_key(stack.secret_key())
            .jwt_signing_key(jwk)
            .timeouts(
                supabase_task::client::Timeouts::default().request(Duration::from_millis(500)),
            );
        supabase.build().unwrap()
    };
    // A port without a listener, and a listener that never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for url in ["http://127.0.0.1:9", silent_url.as_str()] {
        let supabase = elsewhere(url);
        let user = supabase.user_client(user(1)).unwrap();
        let service = supabase.service_client().unwrap();
        texts.error(
            "unreachable",
            &user.from("t").select("*").head().await.unwrap_err(),
        );
        texts.error(
            "unreachable",
            &service.from("t").select("*").head().await.unwrap_err(),
        );
    }
}

/// Every secret in every variable, right or wrong.
fn config_errors(stack: &LocalSupabase, jwk: &str, texts: &mut Texts) {
    let values = [
        stack.jwt_secret(),
        stack.secret_key(),
        stack.publishable_key(),
        stack.service_role_key(),
        stack.anon_key(),
        jwk,
    ];
    for value in values {
        let quoted = format!("\"{value}\"");
        for value in [value.to_owned(), quoted] {
            let builders = [
                Supabase::builder().url(value.as_str()),
                Supabase::builder()
                    .url(stack.url())
                    .publishable_key(value.as_str()),
                Supabase::builder()
                    .url(stack.url())
                    .secret_key(value.as_str()),
                Supabase::builder()
                    .url(stack.url())
                    .jwt_secret(value.as_str()),
                Supabase::builder()
                    .url(stack.url())
                    .jwt_signing_key(value.as_str()),
            ];
            for builder in builders {
                texts.debug("SupabaseBuilder", &builder);
                if let Err(error) = builder.build() {
                    texts.error("ConfigError", &error);
                }
            }
        }
    }
}
