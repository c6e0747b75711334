//! Resumable uploads against a server that speaks TUS and fails on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_core::Stream;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use url::Url;

use super::{CHUNK, ResumableUpload, UploadLocation, UploadResumable};
use crate::auth::User;
use crate::client::ClientErrorKind;
use crate::client::storage::tests::{bucket_at, transport};
use crate::client::storage::{Bucket, Storage, StorageErrorCode, UploadBody};
use crate::client::test_support::http;

/// What the server does wrong with the next request of a kind.
enum Fault {
    /// Stores this many bytes of the chunk and hangs up.
    Cut(usize),
    /// Stores the chunk and hangs up.
    LoseAnswer,
    /// Stores nothing and answers this.
    Refuse(&'static str, &'static str),
    /// Stores the chunk, and answers this all the same.
    StoreAndRefuse(&'static str, &'static str),
    /// Stores this many bytes of the chunk, then keeps the connection open without answering.
    Hang(usize),
}

#[derive(Default)]
struct State {
    stored: Vec<u8>,
    length: usize,
    /// Whether the upload exists.
    exists: bool,
    patches: VecDeque<Fault>,
    heads: VecDeque<Fault>,
    posts: VecDeque<Fault>,
    /// Method, offset and received body length of every request.
    seen: Vec<(String, Option<usize>, usize)>,
    heads_of_requests: Vec<String>,
    location: Option<String>,
    object_is_there: bool,
}

struct Tus {
    url: Url,
    state: Arc<Mutex<State>>,
    hung: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Tus {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tus {
    async fn start(patches: impl IntoIterator<Item = Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            patches: patches.into_iter().collect(),
            ..State::default()
        }));
        let hung = Arc::new(Notify::new());
        let (for_task, notify) = (Arc::clone(&state), Arc::clone(&hung));
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                if serve(&mut connection, &for_task).await.is_none() {
                    notify.notify_one();
                    held.push(connection);
                }
            }
        });
        Self {
            url: url.parse().unwrap(),
            state,
            hung,
            task,
        }
    }

    fn bucket(&self) -> Bucket {
        bucket_at(&self.url)
    }

    async fn begin(&self, upload: UploadResumable) -> ResumableUpload {
        upload
            .start()
            .await
            .unwrap()
            .with_first_wait(Duration::from_millis(1))
    }

    fn resume(&self, location: &UploadLocation, body: impl Into<UploadBody>) -> ResumableUpload {
        let upload = self.bucket().resume_upload(location, body).unwrap();
        upload.with_first_wait(Duration::from_millis(1))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Offset and received length of every chunk.
    fn chunks(&self) -> Vec<(usize, usize)> {
        let state = self.state();
        let patches = state.seen.iter().filter(|(method, ..)| method == "PATCH");
        patches
            .map(|(_, offset, length)| (offset.unwrap(), *length))
            .collect()
    }

    fn count(&self, method: &str) -> usize {
        let state = self.state();
        state.seen.iter().filter(|(one, ..)| one == method).count()
    }
}

/// Serves one request. `None` if the connection is to stay open.
async fn serve(connection: &mut TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let head_length = loop {
        match connection.read(&mut buffer).await {
            Ok(0) | Err(_) => return Some(()),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(bytes[..head_length].to_vec()).unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let number = |name: &str| header(name).map(|value| value.parse::<usize>().unwrap());
    let length = number("content-length").unwrap_or(0);
    let method = head.split(' ').next().unwrap().to_owned();
    assert!(head.contains(" /storage/v1/"), "{head}");
    let is_upload = head.contains("/upload/resumable");
    let fault = {
        let mut state = state.lock().unwrap();
        state.heads_of_requests.push(head.clone());
        match method.as_str() {
            "PATCH" => state.patches.pop_front(),
            "HEAD" => state.heads.pop_front(),
            "POST" => state.posts.pop_front(),
            _ => None,
        }
    };
    // A chunk that is cut is not read to its end.
    let wanted = match fault {
        Some(Fault::Cut(some) | Fault::Hang(some)) => some,
        _ => length,
    };
    let mut body = bytes.split_off(head_length);
    while body.len() < wanted {
        match connection.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => body.extend_from_slice(&buffer[..read]),
        }
    }
    body.truncate(wanted);
    let offset = number("upload-offset");
    let answer = {
        let mut state = state.lock().unwrap();
        state.seen.push((method.clone(), offset, body.len()));
        let right_offset = offset == Some(state.stored.len());
        let stores = method == "PATCH" && right_offset && state.exists;
        match fault {
            Some(Fault::Refuse(status, text)) => text_answer(status, text),
            Some(Fault::StoreAndRefuse(status, text)) => {
                assert!(stores);
                state.stored.extend_from_slice(&body);
                text_answer(status, text)
            }
            Some(Fault::Cut(_) | Fault::LoseAnswer) => {
                assert!(stores);
                state.stored.extend_from_slice(&body);
                return Some(());
            }
            Some(Fault::Hang(_)) => {
                assert!(stores);
                state.stored.extend_from_slice(&body);
                return None;
            }
            None if !is_upload => match state.object_is_there {
                true => {
                    let info = json!({ "id": "1", "name": "a.bin", "size": state.length });
                    answer("200 OK", "", &info.to_string())
                }
                false => {
                    let gone = r#"{"statusCode":"404","code":"NoSuchKey","message":"no"}"#;
                    answer("400 Bad Request", "", gone)
                }
            },
            None => match method.as_str() {
                "POST" => {
                    state.exists = true;
                    state.length = number("upload-length").unwrap();
                    let asked = head.split(' ').nth(1).unwrap();
                    let own = format!("{asked}/dXBsb2Fk");
                    let location = state.location.clone().unwrap_or(own);
                    answer("201 Created", &format!("Location: {location}\r\n"), "")
                }
                _ if !state.exists => text_answer("404 Not Found", "The file was not found"),
                "HEAD" => {
                    let (stored, length) = (state.stored.len(), state.length);
                    let headers = format!("Upload-Offset: {stored}\r\nUpload-Length: {length}\r\n");
                    answer("200 OK", &headers, "")
                }
                "PATCH" if !right_offset => text_answer("409 Conflict", "Upload-Offset conflict"),
                "PATCH" if body.len() < length => return Some(()),
                "PATCH" => {
                    state.stored.extend_from_slice(&body);
                    let headers = format!("Upload-Offset: {}\r\n", state.stored.len());
                    answer("204 No Content", &headers, "")
                }
                "DELETE" => {
                    state.exists = false;
                    answer("204 No Content", "", "")
                }
                other => panic!("{other}"),
            },
        }
    };
    let _ = connection.write_all(answer.as_bytes()).await;
    let _ = connection.shutdown().await;
    Some(())
}

fn text_answer(status: &str, text: &str) -> String {
    answer(status, "Content-Type: text/plain\r\n", text)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = match status.starts_with("204") {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    format!(
        "HTTP/1.1 {status}\r\nTus-Resumable: 1.0.0\r\n{headers}{length}Connection: close\r\n\r\n{body}"
    )
}

const MIB: usize = 1024 * 1024;
const SIX: usize = CHUNK as usize;

/// Bytes without a repeating pattern.
fn content(length: usize) -> Bytes {
    let bytes = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    bytes.collect()
}

/// The same as a stream, in pieces that do not line up with the chunks.
fn as_stream(content: &Bytes) -> UploadBody {
    struct Pieces(Bytes);
    impl Stream for Pieces {
        type Item = Result<Bytes, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let size = self.0.len().min(777_777);
            let piece = (size > 0).then(|| Ok(self.0.split_to(size)));
            std::task::Poll::Ready(piece)
        }
    }
    UploadBody::stream(Pieces(content.clone())).with_length(content.len() as u64)
}

async fn as_file(content: &Bytes) -> (UploadBody, std::path::PathBuf) {
    let path = std::env::temp_dir().join(format!("supabase-task-{}", uuid::Uuid::new_v4()));
    tokio::fs::write(&path, content).await.unwrap();
    (UploadBody::file(&path).await.unwrap(), path)
}

#[tokio::test]
async fn chunks_are_six_mebibytes_and_say_what_tus_wants() {
    let tus = Tus::start([]).await;
    let content = content(13 * MIB);
    let figures = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&figures);

    let object = tus
        .bucket()
        .upload_resumable("/dir/a.bin", content.clone())
        .content_type("video/mp4")
        .cache_control(Duration::from_secs(60))
        .upsert(true)
        .metadata(&json!({ "a": 1 }))
        .progress(move |progress| tell.lock().unwrap().push((progress.bytes, progress.total)))
        .await
        .unwrap();

    assert_eq!(object.full_path, "b/dir/a.bin");
    assert_eq!(tus.chunks(), [(0, SIX), (SIX, SIX), (2 * SIX, MIB)]);
    let state = tus.state();
    assert!(state.stored == content);
    let heads = &state.heads_of_requests;
    for head in heads {
        for header in [
            "apikey: anon-key",
            "authorization: Bearer user-jwt-1",
            "tus-resumable: 1.0.0",
            "x-upsert: true",
        ] {
            assert!(head.contains(&format!("{header}\r\n")), "{head}");
        }
    }
    assert!(heads[0].starts_with("POST /storage/v1/upload/resumable HTTP"));
    assert!(
        heads[0].contains("upload-length: 13631488\r\n"),
        "{}",
        heads[0]
    );
    // b, dir/a.bin, video/mp4, 60, {"a":1}
    let metadata = "upload-metadata: bucketName Yg==,objectName ZGlyL2EuYmlu,\
                    contentType dmlkZW8vbXA0,cacheControl NjA=,metadata eyJhIjoxfQ==\r\n";
    assert!(heads[0].contains(metadata), "{}", heads[0]);
    assert!(heads[1].starts_with("PATCH /storage/v1/upload/resumable/dXBsb2Fk HTTP"));
    assert!(heads[1].contains("content-type: application/offset+octet-stream\r\n"));
    let total = Some(13 * MIB as u64);
    let expected = [6, 12, 13].map(|mib| (mib * MIB as u64, total));
    assert_eq!(*figures.lock().unwrap(), expected);
}

/// Every source gets through every fault with the same bytes, and sends only those of the broken
/// chunk twice.
#[tokio::test]
async fn goes_on_after_a_connection_that_broke() {
    let content = content(14 * MIB);
    for source in ["bytes", "stream", "file"] {
        let tus = Tus::start([
            Fault::Cut(2 * MIB),
            Fault::LoseAnswer,
            Fault::Refuse("503 Service Unavailable", "later"),
            Fault::Refuse("503 Service Unavailable", "later"),
        ])
        .await;
        let mut file = None;
        let body = match source {
            "bytes" => UploadBody::from(content.clone()),
            "stream" => as_stream(&content),
            _ => {
                let (body, path) = as_file(&content).await;
                file = Some(path);
                body
            }
        };
        let mut upload = tus
            .begin(tus.bucket().upload_resumable("a.bin", body))
            .await;
        upload.finish().await.unwrap();

        assert!(tus.state().stored == content, "{source}");
        let after = 8 * MIB;
        let rest = 6 * MIB;
        let chunks = [
            (0, 2 * MIB),
            (2 * MIB, SIX),
            (after, rest),
            (after, rest),
            (after, rest),
        ];
        assert_eq!(tus.chunks(), chunks, "{source}");
        assert_eq!(tus.count("POST"), 1);
        if let Some(path) = file {
            tokio::fs::remove_file(path).await.unwrap();
        }
    }
}

#[tokio::test]
async fn another_offset_and_a_lock_are_asked_about() {
    let tus = Tus::start([
        Fault::Refuse("423 Locked", "locked"),
        Fault::StoreAndRefuse("409 Conflict", "Upload-Offset conflict"),
    ])
    .await;
    tus.state().heads.push_back(Fault::Refuse("423 Locked", ""));
    let content = content(7 * MIB);
    let body = as_stream(&content);
    let mut upload = tus
        .begin(tus.bucket().upload_resumable("a.bin", body))
        .await;
    upload.finish().await.unwrap();

    assert!(tus.state().stored == content);
    assert_eq!(tus.chunks(), [(0, SIX), (0, SIX), (SIX, MIB)]);
    assert_eq!(tus.count("HEAD"), 3);
}

#[tokio::test]
async fn gives_up_after_failures_in_a_row_and_can_be_taken_up_again() {
    let refusals = || (0..7).map(|_| Fault::Refuse("503 Service Unavailable", "later"));
    let tus = Tus::start([Fault::LoseAnswer].into_iter().chain(refusals())).await;
    let content = content(8 * MIB);
    let body = as_stream(&content);
    let mut upload = tus
        .begin(tus.bucket().upload_resumable("a.bin", body))
        .await;

    let error = upload.finish().await.unwrap_err();
    assert_eq!((error.status(), error.message()), (Some(503), "later"));
    assert!(error.is_retryable());
    assert_eq!(upload.stored(), CHUNK);

    upload.finish().await.unwrap();
    assert!(tus.state().stored == content);
}

#[tokio::test]
async fn a_later_run_goes_on_where_the_first_was() {
    let content = content(14 * MIB);
    for source in ["bytes", "stream", "file"] {
        let tus = Tus::start([Fault::Cut(3 * MIB)]).await;
        let saved = {
            let upload = tus
                .bucket()
                .upload_resumable("a.bin", content.clone())
                .upsert(true);
            let mut upload = upload.start().await.unwrap();
            let saved = serde_json::to_string(upload.location()).unwrap();
            let deadline = std::time::Instant::now() + Duration::from_secs(60);
            let limited = transport(http(), &tus.url).with_deadline(deadline.into());
            let limited = Storage::<User>::new(limited).from("b");
            upload = limited
                .resume_upload(upload.location(), content.clone())
                .unwrap();
            upload = upload.with_first_wait(Duration::from_secs(3600));
            // The wait before the next try would go past the deadline.
            assert!(upload.finish().await.unwrap_err().is_network());
            saved
        };

        let location: UploadLocation = serde_json::from_str(&saved).unwrap();
        let (body, file) = match source {
            "bytes" => (UploadBody::from(content.clone()), None),
            "stream" => (as_stream(&content), None),
            _ => {
                let (body, path) = as_file(&content).await;
                (body, Some(path))
            }
        };
        let mut upload = tus.resume(&location, body);
        let object = upload.finish().await.unwrap();

        assert_eq!(object.full_path, "b/a.bin");
        assert!(tus.state().stored == content, "{source}");
        let expected = [(0, 3 * MIB), (3 * MIB, SIX), (9 * MIB, 5 * MIB)];
        assert_eq!(tus.chunks(), expected, "{source}");
        for head in &tus.state().heads_of_requests {
            assert!(head.contains("x-upsert: true\r\n"), "{head}");
        }
        if let Some(path) = file {
            tokio::fs::remove_file(path).await.unwrap();
        }
    }
}

#[tokio::test]
async fn dropped_in_the_middle_it_can_be_finished() {
    let tus = Tus::start([Fault::Hang(4 * MIB)]).await;
    let content = content(10 * MIB);
    let body = as_stream(&content);
    let mut upload = tus
        .begin(tus.bucket().upload_resumable("a.bin", body))
        .await;
    tokio::select! {
        outcome = upload.finish() => panic!("{outcome:?}"),
        () = tus.hung.notified() => {}
    }
    upload.finish().await.unwrap();
    assert!(tus.state().stored == content);
    assert_eq!(tus.chunks(), [(0, 4 * MIB), (4 * MIB, SIX)]);
}

#[tokio::test]
async fn an_upload_that_is_gone_says_so_and_is_not_tried_again() {
    let tus = Tus::start([]).await;
    let upload = tus
        .begin(tus.bucket().upload_resumable("a.bin", "hello"))
        .await;
    let location = upload.location().clone();
    tus.bucket().abort_upload(&location).await.unwrap();
    // Aborting again is not an error.
    upload.abort().await.unwrap();

    let error = tus.resume(&location, "hello").finish().await.unwrap_err();
    assert!(error.is_not_found() && !error.is_retryable(), "{error}");
    assert_eq!(error.storage_code(), Some(StorageErrorCode::NoSuchUpload));
    assert_eq!(error.status(), Some(404));
    assert_eq!((tus.count("HEAD"), tus.count("DELETE")), (1, 2));
}

#[tokio::test]
async fn a_refusal_is_final_and_in_the_words_of_the_server() {
    let refusals = [
        ("409 Conflict", "The resource already exists"),
        (
            "403 Forbidden",
            "new row violates row-level security policy",
        ),
        (
            "413 Payload Too Large",
            "The object exceeded the maximum allowed size",
        ),
    ];
    for (status, text) in refusals {
        let tus = Tus::start([Fault::Refuse(status, text)]).await;
        let upload = tus.bucket().upload_resumable("a.bin", "hello");
        let error = tus.begin(upload).await.finish().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ClientErrorKind::Server, text)
        );
        assert_eq!((tus.count("PATCH"), tus.count("HEAD")), (1, 0));
    }
}

#[tokio::test]
async fn that_all_bytes_are_there_does_not_make_an_object() {
    for object_is_there in [false, true] {
        let tus = Tus::start([Fault::StoreAndRefuse("500 Internal Server Error", "no")]).await;
        tus.state().object_is_there = object_is_there;
        let upload = tus.bucket().upload_resumable("a.bin", "hello");
        let outcome = tus.begin(upload).await.finish().await;
        match object_is_there {
            true => drop(outcome.unwrap()),
            false => assert_eq!(outcome.unwrap_err().message(), "no"),
        }
        assert_eq!(tus.chunks(), [(0, 5)]);
    }
}

/// Behind a proxy, the server may use another host than `SUPABASE_URL`.
#[tokio::test]
async fn goes_on_at_the_project_whatever_the_server_calls_itself() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let foreign = elsewhere.local_addr().unwrap();
    let id = BASE64_URL_SAFE_NO_PAD.encode("b/a.bin/5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f");
    for location in [
        format!("http://{foreign}/storage/v1/upload/resumable/{id}"),
        format!("https://api.example.com/upload/resumable/{id}"),
        format!("http://storage:5000/upload/resumable/{id}?x=1"),
        format!("/upload/resumable/{id}"),
    ] {
        let tus = Tus::start([Fault::LoseAnswer]).await;
        tus.state().location = Some(location.clone());
        let mut upload = tus
            .begin(tus.bucket().upload_resumable("a.bin", "hello"))
            .await;
        let kept = serde_json::to_value(upload.location()).unwrap();
        assert_eq!(kept["id"], id);
        upload.finish().await.unwrap();

        assert_eq!(tus.state().stored, b"hello", "{location}");
        let own = format!(" /storage/v1/upload/resumable/{id} HTTP/1.1");
        for head in &tus.state().heads_of_requests[1..] {
            assert!(head.contains(&own), "{head}");
        }
        // As an earlier version saved it.
        let kept = json!({
            "url": location, "bucket": "b", "path": "a.bin", "length": 5, "upsert": false
        });
        let kept: UploadLocation = serde_json::from_value(kept).unwrap();
        tus.resume(&kept, "hello").finish().await.unwrap();
    }
    let nothing = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(nothing.is_err(), "keys went to another host");
}

#[tokio::test]
async fn a_location_of_another_upload_is_refused() {
    let tus = Tus::start([]).await;
    let of = |object: &str| BASE64_URL_SAFE_NO_PAD.encode(format!("{object}/5f0c8f0e"));
    let own = tus.url.as_str();
    for location in [
        format!("{own}storage/v1/upload/resumable/"),
        format!("{own}storage/v1/upload/resumable/a%2F..%2Fb"),
        format!("{own}storage/v1/upload/resumable/{}", of("other/a.bin")),
        format!("{own}storage/v1/upload/resumable/{}", of("b/other.bin")),
    ] {
        tus.state().location = Some(location.clone());
        let upload = tus.bucket().upload_resumable("a.bin", "hello");
        let error = upload.await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{location}: {error}");

        let kept = json!({
            "id": location, "bucket": "b", "path": "a.bin", "length": 5, "upsert": false
        });
        let kept: UploadLocation = serde_json::from_value(kept).unwrap();
        let error = tus.bucket().resume_upload(&kept, "hello").unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
        tus.bucket().abort_upload(&kept).await.unwrap_err();
    }
    assert_eq!((tus.count("POST"), tus.state().seen.len()), (4, 4));
}

#[tokio::test]
async fn the_creation_is_tried_again_where_that_can_help() {
    let later = || Fault::Refuse("503 Service Unavailable", "later");
    let tus = Tus::start([]).await;
    tus.state().posts.extend([later(), later()]);
    let upload = tus.bucket().upload_resumable("a.bin", "hello");
    upload
        .with_first_wait(Duration::from_millis(1))
        .await
        .unwrap();
    assert_eq!(tus.state().stored, b"hello");
    assert_eq!(tus.count("POST"), 3);

    for (status, text) in [
        ("400 Bad Request", "Bucket not found"),
        ("409 Conflict", "The resource already exists"),
        ("403 Forbidden", "new row violates row-level security"),
    ] {
        let tus = Tus::start([]).await;
        tus.state().posts.push_back(Fault::Refuse(status, text));
        let upload = tus.bucket().upload_resumable("a.bin", "hello");
        assert_eq!(upload.await.unwrap_err().message(), text);
        assert_eq!(tus.count("POST"), 1);
    }

    let tus = Tus::start([]).await;
    tus.state().posts.extend((0..7).map(|_| later()));
    let upload = tus.bucket().upload_resumable("a.bin", "hello");
    let error = upload.with_first_wait(Duration::from_millis(1)).await;
    assert_eq!(error.unwrap_err().status(), Some(503));
    assert_eq!(tus.count("POST"), 7);
}

#[tokio::test]
async fn what_cannot_be_uploaded_is_refused_before() {
    let tus = Tus::start([]).await;
    let bucket = tus.bucket();
    let unknown = UploadBody::reader(std::io::Cursor::new("hello"));
    let errors = [
        bucket.upload_resumable("a", unknown).await.unwrap_err(),
        bucket.upload_resumable("", "hello").await.unwrap_err(),
        bucket
            .upload_resumable("a/../b", "hello")
            .await
            .unwrap_err(),
        bucket
            .upload_resumable("a", "hello")
            .metadata("text")
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    }
    assert_eq!(tus.count("POST"), 0);

    let upload = bucket.upload_resumable("a", "hello").start().await.unwrap();
    let location = upload.location();
    let error = bucket.resume_upload(location, "longer").unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
    let storage = Storage::<User>::new(transport(http(), &tus.url));
    let error = storage
        .from("other")
        .resume_upload(location, "hello")
        .unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_stream_of_another_length_makes_no_object() {
    let content = content(7 * MIB);
    for said in [SIX as u64, 8 * MIB as u64] {
        let tus = Tus::start([]).await;
        let body = as_stream(&content).with_length(said);
        let error = tus.bucket().upload_resumable("a", body).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Body, "{error}");
        assert!((tus.state().stored.len() as u64) < said);
    }
}

#[tokio::test]
async fn what_the_server_has_lost_cannot_be_read_again_from_a_stream() {
    let content = content(8 * MIB);
    for (body, works) in [
        (UploadBody::from(content.clone()), true),
        (as_stream(&content), false),
    ] {
        let tus = Tus::start([]).await;
        let mut upload = tus
            .begin(tus.bucket().upload_resumable("a.bin", body))
            .await;
        tus.state().patches.extend([
            // The first chunk is stored and confirmed, and lost before the second.
            Fault::LoseAnswer,
            Fault::Refuse("503 Service Unavailable", ""),
        ]);
        let lose = Arc::clone(&tus.state);
        let mut lost = false;
        upload = upload.progress(move |progress| {
            if progress.bytes == CHUNK && !std::mem::replace(&mut lost, true) {
                lose.lock().unwrap().stored.clear();
            }
        });
        let outcome = upload.finish().await;
        match works {
            true => {
                outcome.unwrap();
                assert!(tus.state().stored == content);
            }
            false => assert_eq!(outcome.unwrap_err().kind(), ClientErrorKind::Body),
        }
    }
}

#[tokio::test]
async fn a_server_that_loses_what_it_has_stored_is_given_up() {
    let tus = Tus::start([]).await;
    let upload = tus.bucket().upload_resumable("a.bin", content(8 * MIB));
    let mut upload = tus.begin(upload).await;
    let lose = Arc::clone(&tus.state);
    upload = upload.progress(move |_| lose.lock().unwrap().stored.clear());
    let error = upload.finish().await.unwrap_err();
    assert_eq!(error.status(), Some(409), "{error}");
}

#[tokio::test]
async fn a_signed_upload_carries_its_token() {
    let tus = Tus::start([Fault::LoseAnswer]).await;
    let upload = tus
        .bucket()
        .upload_resumable("a.bin", "hello")
        .signed_with("s3cret");
    assert!(!format!("{upload:?}").contains("s3cret"));
    let mut upload = tus.begin(upload).await;
    assert!(!format!("{upload:?}").contains("s3cret"));
    upload.finish().await.unwrap();
    let state = tus.state();
    assert_eq!(state.stored, b"hello");
    for head in &state.heads_of_requests {
        assert!(
            head.contains(" /storage/v1/upload/resumable/sign"),
            "{head}"
        );
        assert!(head.contains("x-signature: s3cret\r\n"), "{head}");
    }
}

#[tokio::test]
async fn nothing_is_an_object_too() {
    let tus = Tus::start([]).await;
    tus.bucket().upload_resumable("empty", "").await.unwrap();
    assert_eq!((tus.count("POST"), tus.count("PATCH")), (1, 0));
}
