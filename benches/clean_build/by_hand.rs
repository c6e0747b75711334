//! The README's first program without this library: signs a token for the user, and inserts a row.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    role: &'a str,
    aud: &'a str,
    iss: String,
    iat: u64,
    exp: u64,
}

#[derive(Serialize)]
struct Todo<'a> {
    user_id: &'a str,
    title: &'a str,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::var("SUPABASE_URL")?;
    let key = env::var("SUPABASE_PUBLISHABLE_KEY")?;
    let secret = env::var("SUPABASE_JWT_SECRET")?;
    let user_id = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = Claims {
        sub: user_id,
        role: "authenticated",
        aud: "authenticated",
        iss: format!("{url}/auth/v1"),
        iat: now,
        exp: now + 3_600,
    };
    let secret = EncodingKey::from_secret(secret.as_bytes());
    let token = jsonwebtoken::encode(&Header::default(), &claims, &secret)?;
    let todo = Todo {
        user_id,
        title: "Buy milk",
    };
    reqwest::Client::new()
        .post(format!("{url}/rest/v1/todos"))
        .header("apikey", key)
        .bearer_auth(token)
        .json(&todo)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}
