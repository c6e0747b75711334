//! A server on loopback that serves a video, and implements the part of Storage that the example needs:
//! buckets and objects in memory, without any access checks. It is not Storage; it lets the example
//! run by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The longest object that it accepts.
const LONGEST: usize = 1 << 30;

/// The length of the video in bytes. It is all zeros.
const VIDEO: usize = 24 * 1024 * 1024;

pub struct StandIn {
    url: String,
}

impl StandIn {
    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn video_url(&self) -> String {
        format!("{}/video.mp4", self.url)
    }
}

/// Sizes of objects, by bucket and path.
type Objects = Arc<Mutex<HashMap<String, usize>>>;

pub async fn start() -> anyhow::Result<StandIn> {
    let router = Router::new()
        .route("/video.mp4", get(video))
        .route("/storage/v1/bucket", post(make_bucket))
        .route("/storage/v1/object/{*path}", post(upload))
        .route("/storage/v1/object/info/{*path}", get(info))
        .with_state(Objects::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(StandIn { url })
}

async fn video() -> Response {
    answer(StatusCode::OK, "video/mp4", vec![0; VIDEO])
}

async fn make_bucket() -> Response {
    as_json(StatusCode::OK, json!({ "name": "videos" }))
}

async fn upload(
    State(objects): State<Objects>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let upsert = request
        .headers()
        .get("x-upsert")
        .is_some_and(|value| value == "true");
    let Ok(content) = to_bytes(request.into_body(), LONGEST).await else {
        return refusal(
            "413",
            "EntityTooLarge",
            "The object exceeded the maximum allowed size",
        );
    };
    let mut objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
    if objects.contains_key(&path) && !upsert {
        return refusal("409", "KeyAlreadyExists", "The resource already exists");
    }
    objects.insert(path.clone(), content.len());
    as_json(StatusCode::OK, json!({ "Id": "1", "Key": path }))
}

async fn info(State(objects): State<Objects>, Path(path): Path<String>) -> Response {
    let objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
    match objects.get(&path) {
        Some(size) => {
            let info = json!({ "id": "1", "name": path, "size": size });
            as_json(StatusCode::OK, info)
        }
        None => refusal("404", "NoSuchKey", "Object not found"),
    }
}

/// Refuses as Storage does: status 400, with the real status in the body.
fn refusal(status: &str, code: &str, message: &str) -> Response {
    let body = json!({ "statusCode": status, "code": code, "error": code, "message": message });
    as_json(StatusCode::BAD_REQUEST, body)
}

fn as_json(status: StatusCode, body: Value) -> Response {
    answer(status, "application/json", body.to_string())
}

fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let content_type = header::HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
