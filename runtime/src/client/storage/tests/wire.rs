//! What every call sends, compared with supabase-js, and how it reads the answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::{as_service, bucket_at};
use crate::client::storage::{
    Bucket, BucketColumn, ImageFormat, Include, ObjectColumn, Resize, SortOrder, Storage, Transform,
};
use crate::client::test_support::{Answer, TestServer};
use crate::client::{ClientError, ClientErrorKind};

/// The parts of a request that the tests look at.
struct Sent {
    line: String,
    head: String,
    body: String,
}

impl Sent {
    fn new(request: &str) -> Self {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let (line, head) = head.split_once("\r\n").unwrap();
        Self {
            line: line.trim_end_matches(" HTTP/1.1").to_owned(),
            head: format!("{head}\r\n"),
            body: body.to_owned(),
        }
    }

    fn has(&self, header: &str) {
        let header = format!("{header}\r\n");
        assert!(self.head.contains(&header), "{header} not in {}", self.head);
    }

    fn has_no(&self, name: &str) {
        let name = format!("\r\n{name}: ");
        let head = format!("\r\n{}", self.head);
        assert!(!head.contains(&name), "{head}");
    }

    fn json(&self) -> Value {
        self.has("content-type: application/json");
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What `call` sends, and what it returns for `answer`.
async fn exchange<T, F>(answer: &str, call: impl FnOnce(Bucket) -> F) -> (Sent, T)
where
    F: IntoFuture<Output = Result<T, ClientError>>,
{
    let server = TestServer::start([Answer::json("200 OK", answer)]).await;
    let outcome = call(bucket_at(&server.url)).await.unwrap();
    let request = server.requests().remove(0);
    let sent = Sent::new(&request);
    sent.has("apikey: anon-key");
    sent.has("authorization: Bearer user-jwt-1");
    (sent, outcome)
}

async fn exchange_as_service<T, F>(
    answer: &str,
    call: impl FnOnce(Storage<crate::auth::Service>) -> F,
) -> (Sent, T)
where
    F: IntoFuture<Output = Result<T, ClientError>>,
{
    let server = TestServer::start([Answer::json("200 OK", answer)]).await;
    let outcome = call(as_service(&server.url)).await.unwrap();
    let sent = Sent::new(&server.requests().remove(0));
    sent.has("apikey: service-key");
    sent.has("authorization: Bearer service-key");
    (sent, outcome)
}

const STORED: &str = r#"{"Id":"0e9c","Key":"b/dir/a.bin"}"#;

#[tokio::test]
async fn upload_with_what_supabase_js_has_by_default() {
    let call = |bucket: Bucket| bucket.upload("/dir//a.bin/", b"hi");
    let (sent, object) = exchange(STORED, call).await;

    assert_eq!(sent.line, "POST /storage/v1/object/b/dir/a.bin");
    sent.has("content-type: text/plain;charset=UTF-8");
    sent.has("cache-control: max-age=3600");
    sent.has("x-upsert: false");
    sent.has("content-length: 2");
    assert_eq!(sent.body, "hi");
    assert_eq!(object.id.as_deref(), Some("0e9c"));
    assert_eq!(object.path, "dir/a.bin");
    assert_eq!(object.full_path, "b/dir/a.bin");
}

#[tokio::test]
async fn upload_with_all_options() {
    let (sent, _) = exchange(STORED, |bucket| {
        bucket
            .upload("a.bin", "hi")
            .content_type("video/mp4")
            .content_encoding("gzip")
            .cache_control(Duration::from_secs(60))
            .upsert(true)
            .metadata(&json!({ "camera": "ü" }))
    })
    .await;

    sent.has("content-type: video/mp4");
    sent.has("content-encoding: gzip");
    sent.has("cache-control: max-age=60");
    sent.has("x-upsert: true");
    // {"camera":"ü"}
    sent.has("x-metadata: eyJjYW1lcmEiOiLDvCJ9");
}

#[tokio::test]
async fn update_replaces_without_upsert() {
    let call = |bucket: Bucket| bucket.update("a.txt", "hi").content_type("text/plain");
    let (sent, _) = exchange(STORED, call).await;
    assert_eq!(sent.line, "PUT /storage/v1/object/b/a.txt");
    sent.has("content-type: text/plain");
    sent.has("cache-control: max-age=3600");
    sent.has_no("x-upsert");
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error_and_not_sent() {
    let nowhere = "http://127.0.0.1:9".parse().unwrap();
    let bucket = bucket_at(&nowhere);
    let zero = Duration::ZERO;
    let second = Duration::from_secs(1);
    let errors = [
        bucket.upload("", "hi").await.unwrap_err(),
        bucket
            .upload("a", "hi")
            .content_type("a\nb")
            .await
            .unwrap_err(),
        bucket.upload("a", "hi").metadata(&[1]).await.unwrap_err(),
        bucket.download("/").await.unwrap_err(),
        bucket.download("a/../b").await.unwrap_err(),
        bucket.remove([""]).await.unwrap_err(),
        bucket.move_to("", "a").await.unwrap_err(),
        bucket.copy("a", "").await.unwrap_err(),
        bucket.copy("a", "b/../c").await.unwrap_err(),
        bucket.move_to("a\n", "b").await.unwrap_err(),
        bucket.remove(["a", "./b"]).await.unwrap_err(),
        bucket
            .create_signed_urls(["a", "//"], second)
            .await
            .unwrap_err(),
        bucket.create_signed_url("a", zero).await.unwrap_err(),
        bucket.create_signed_urls(["a"], zero).await.unwrap_err(),
        bucket.create_signed_url("", second).await.unwrap_err(),
        bucket.get_public_url("a/./b").to_url().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    }
}

#[tokio::test]
async fn of_nothing_nothing_is_sent() {
    let nowhere = "http://127.0.0.1:9".parse().unwrap();
    let bucket = bucket_at(&nowhere);
    let none: [&str; 0] = [];
    assert!(bucket.remove(none).await.unwrap().is_empty());
    let second = Duration::from_secs(1);
    let urls = bucket.create_signed_urls(none, second).await.unwrap();
    assert!(urls.is_empty());
}

#[tokio::test]
async fn download_and_what_it_tells() {
    let headers = "Content-Type: image/png\r\nETag: \"e\"\r\n";
    let answer = Answer::with_headers("200 OK", headers, b"bytes");
    let server = TestServer::start([answer]).await;
    let bucket = bucket_at(&server.url);

    let download = bucket.download("dir/a b.txt").await.unwrap();
    assert_eq!(download.content_type(), Some("image/png"));
    assert_eq!(download.etag(), Some("\"e\""));
    assert_eq!(download.length(), Some(5));
    assert_eq!(download.bytes().await.unwrap(), "bytes");

    let sent = Sent::new(&server.requests()[0]);
    assert_eq!(
        sent.line,
        "GET /storage/v1/object/authenticated/b/dir/a%20b.txt"
    );
    assert_eq!(sent.body, "");
}

#[tokio::test]
async fn download_with_all_options() {
    let transform = Transform::new()
        .width(10)
        .height(20)
        .resize(Resize::Contain)
        .format(ImageFormat::Origin)
        .quality(60);
    let call = |bucket: Bucket| {
        let download = bucket.download("/a.png").transform(transform);
        download.cache_nonce("n&1").version_id("v")
    };
    let (sent, _) = exchange("", call).await;
    assert_eq!(
        sent.line,
        "GET /storage/v1/render/image/authenticated/b/a.png\
         ?width=10&height=20&resize=contain&format=origin&quality=60&cacheNonce=n%261&versionId=v"
    );
}

const LISTED: &str = r#"[
    {"name":"sub","id":null,"updated_at":null,"created_at":null,"last_accessed_at":null,"metadata":null},
    {"name":"a.txt","id":"1","updated_at":"2026-01-01T00:00:00Z","created_at":"2026-01-01T00:00:00Z",
     "metadata":{"eTag":"\"e\"","size":7,"mimetype":"text/plain","cacheControl":"max-age=3600",
                 "lastModified":"2026-01-01T00:00:00Z","contentLength":7,"httpStatusCode":200}}]"#;

#[tokio::test]
async fn list_with_what_supabase_js_has_by_default() {
    let (sent, objects) = exchange(LISTED, |bucket| bucket.list("dir")).await;

    assert_eq!(sent.line, "POST /storage/v1/object/list/b");
    let expected = json!({
        "limit": 100, "offset": 0, "sortBy": { "column": "name", "order": "asc" }, "prefix": "dir"
    });
    assert_eq!(sent.json(), expected);
    assert!(objects[0].is_folder());
    let metadata = objects[1].metadata.as_ref().unwrap();
    assert_eq!(metadata.size, Some(7));
    assert_eq!(metadata.e_tag.as_deref(), Some("\"e\""));
    assert_eq!(metadata.other["httpStatusCode"], 200);
}

#[tokio::test]
async fn list_with_all_options() {
    let (sent, _) = exchange("[]", |bucket| {
        let list = bucket.list("dir").limit(5).offset(10).search("x");
        list.sort_by(ObjectColumn::CreatedAt, SortOrder::Descending)
            .noncurrent_versions(Include::Only)
            .delete_markers(Include::Include)
            .exact_match(true)
    })
    .await;
    let expected = json!({
        "limit": 5, "offset": 10, "search": "x", "prefix": "dir",
        "sortBy": { "column": "created_at", "order": "desc" },
        "noncurrentVersions": "only", "deleteMarkers": "include", "exactMatch": true,
    });
    assert_eq!(sent.json(), expected);
}

#[tokio::test]
async fn list_v2() {
    let answer = r#"{"hasNext":true,"nextCursor":"d","folders":[{"name":"dir/sub/"}],
        "objects":[{"name":"a","id":"1","updated_at":"t","created_at":"t","metadata":null}]}"#;
    let (sent, page) = exchange(answer, |bucket| {
        let list = bucket
            .list_v2("dir/")
            .limit(3)
            .with_delimiter(true)
            .cursor("c");
        list.sort_by(ObjectColumn::UpdatedAt, SortOrder::Ascending)
    })
    .await;

    assert_eq!(sent.line, "POST /storage/v1/object/list-v2/b");
    let expected = json!({
        "prefix": "dir/", "limit": 3, "with_delimiter": true, "cursor": "c",
        "sortBy": { "column": "updated_at", "order": "asc" },
    });
    assert_eq!(sent.json(), expected);
    assert!(page.has_next);
    assert_eq!(page.next_cursor.as_deref(), Some("d"));
    assert_eq!(page.folders[0].name, "dir/sub/");
    assert_eq!(page.objects[0].name, "a");

    let (sent, _) = exchange("{}", |bucket| bucket.list_v2("")).await;
    assert_eq!(sent.json(), json!({}));
}

#[tokio::test]
async fn remove() {
    let call = |bucket: Bucket| bucket.remove(["a", "dir/b c"]).version("v", "1");
    let (sent, objects) = exchange(r#"[{"name":"a","bucket_id":"b"}]"#, call).await;
    assert_eq!(sent.line, "DELETE /storage/v1/object/b");
    let expected = json!({ "prefixes": ["a", "dir/b c", { "path": "v", "versionId": "1" }] });
    assert_eq!(sent.json(), expected);
    assert_eq!(objects[0].bucket_id.as_deref(), Some("b"));
}

/// The most paths that Storage accepts in one request.
const MOST: usize = 1_000;

fn many() -> Vec<String> {
    (0..2 * MOST + 1).map(|n| format!("dir/{n}")).collect()
}

#[tokio::test]
async fn many_are_removed_in_several_requests() {
    let answer = || Answer::json("200 OK", r#"[{"name":"a"}]"#);
    let server = TestServer::start([answer(), answer(), answer()]).await;
    let removed = bucket_at(&server.url).remove(many()).await.unwrap();
    assert_eq!(removed.len(), 3);
    let mut sent = Vec::new();
    for request in server.requests() {
        let paths = Sent::new(&request).json()["prefixes"].take();
        let paths: Vec<String> = serde_json::from_value(paths).unwrap();
        assert!(!paths.is_empty() && paths.len() <= MOST);
        sent.extend(paths);
    }
    assert_eq!(sent, many());
}

#[tokio::test]
async fn what_was_removed_before_an_error_is_told() {
    let refusal = r#"{"statusCode":"500","code":"InternalError","error":"x","message":"gone"}"#;
    let answers = [
        Answer::json("200 OK", "[]"),
        Answer::json("400 Bad Request", refusal),
    ];
    let server = TestServer::start(answers).await;
    let error = bucket_at(&server.url).remove(many()).await.unwrap_err();
    assert_eq!(error.message(), "gone (the first 1000 paths are done)");
    assert_eq!(error.code(), Some("InternalError"));
}

#[tokio::test]
async fn many_are_signed_in_several_requests() {
    let url = r#"[{"error":null,"path":"a","signedURL":"/object/sign/b/a?token=t"}]"#;
    let answer = || Answer::json("200 OK", url);
    let server = TestServer::start([answer(), answer(), answer()]).await;
    let bucket = bucket_at(&server.url);
    let signed = bucket.create_signed_urls(many(), Duration::from_secs(60));
    assert_eq!(signed.await.unwrap().len(), 3);
    let requests = server.requests();
    let last = Sent::new(&requests[2]).json();
    assert_eq!(last, json!({ "expiresIn": 60, "paths": ["dir/2000"] }));
}

/// Every call finds what another has stored.
#[tokio::test]
async fn an_object_has_one_name_in_every_call() {
    for path in ["dir/a", "/dir/a", "dir//a", "dir/a/", "//dir///a//"] {
        let object = r#"{"Id":"1","Key":"b/dir/a","name":"dir/a"}"#;
        let (sent, _) = exchange(object, |bucket| bucket.upload(path, "hi")).await;
        assert_eq!(sent.line, "POST /storage/v1/object/b/dir/a");
        let (sent, _) = exchange("hi", |bucket| bucket.download(path)).await;
        assert_eq!(sent.line, "GET /storage/v1/object/authenticated/b/dir/a");
        let info = r#"{"id":"1","name":"dir/a","bucket_id":"b"}"#;
        let (sent, _) = exchange(info, |bucket| bucket.info(path)).await;
        assert_eq!(
            sent.line,
            "GET /storage/v1/object/info/authenticated/b/dir/a"
        );
        let (sent, _) = exchange("[]", |bucket| bucket.remove([path]).version(path, "1")).await;
        let version = json!({ "path": "dir/a", "versionId": "1" });
        assert_eq!(sent.json()["prefixes"], json!(["dir/a", version]));
        let (sent, _) = exchange(object, |bucket| bucket.move_to(path, path)).await;
        assert_eq!(sent.json()["sourceKey"], "dir/a");
        assert_eq!(sent.json()["destinationKey"], "dir/a");
        let (sent, _) = exchange(object, |bucket| bucket.copy(path, path)).await;
        assert_eq!(sent.json()["sourceKey"], "dir/a");
        assert_eq!(sent.json()["destinationKey"], "dir/a");
        let (sent, _) = exchange("[]", |bucket| bucket.list(path)).await;
        assert_eq!(sent.json()["prefix"], "dir/a");
        let (sent, _) = exchange("{}", |bucket| bucket.list_v2(path)).await;
        let slash = if path.ends_with('/') { "/" } else { "" };
        assert_eq!(sent.json()["prefix"], format!("dir/a{slash}"));
        let minute = Duration::from_secs(60);
        let (sent, _) = exchange("[]", |bucket| bucket.create_signed_urls([path], minute)).await;
        assert_eq!(sent.json()["paths"], json!(["dir/a"]));
        let signed = r#"{"signedURL":"/object/sign/b/dir/a?token=t"}"#;
        let (sent, url) = exchange(signed, |bucket| bucket.create_signed_url(path, minute)).await;
        assert_eq!(sent.line, "POST /storage/v1/object/sign/b/dir/a");
        assert!(url.expose_url().contains("/object/sign/b/dir/a?token=t"));
    }
}

#[tokio::test]
async fn move_to() {
    let answer = r#"{"message":"Successfully moved","Id":"1","Key":"c"}"#;
    let call = |bucket: Bucket| bucket.move_to("a", "c").destination_bucket("b2");
    let (sent, moved) = exchange(answer, call).await;
    assert_eq!(sent.line, "POST /storage/v1/object/move");
    let expected = json!({
        "bucketId": "b", "sourceKey": "a", "destinationKey": "c", "destinationBucket": "b2"
    });
    assert_eq!(sent.json(), expected);
    assert_eq!(moved.path.as_deref(), Some("c"));
}

#[tokio::test]
async fn copy() {
    let answer = r#"{"Id":"1","Key":"b/c","name":"c"}"#;
    let (sent, copied) = exchange(answer, |bucket| bucket.copy("a", "c").content_type("x/y")).await;
    assert_eq!(sent.line, "POST /storage/v1/object/copy");
    let expected = json!({ "bucketId": "b", "sourceKey": "a", "destinationKey": "c" });
    assert_eq!(sent.json(), expected);
    sent.has_no("x-upsert");
    assert_eq!(copied.full_path, "b/c");

    let (sent, _) = exchange(answer, |bucket| {
        let copy = bucket.copy("a", "c").upsert(true).copy_metadata(false);
        copy.content_type("x/y").source_version_id("v")
    })
    .await;
    sent.has("x-upsert: true");
    assert_eq!(sent.json()["metadata"], json!({ "mimetype": "x/y" }));
    assert_eq!(sent.json()["copyMetadata"], false);
    assert_eq!(sent.json()["sourceVersionId"], "v");
}

#[tokio::test]
async fn info_and_exists() {
    let answer = r#"{"id":"1","name":"a.txt","version":"v","bucket_id":"b","size":7,
        "content_type":"text/plain","cache_control":"no-cache","etag":"\"e\"",
        "metadata":null,"last_modified":"t","created_at":"t"}"#;
    let call = |bucket: Bucket| bucket.info("a.txt").version_id("v");
    let (sent, info) = exchange(answer, call).await;
    assert_eq!(
        sent.line,
        "GET /storage/v1/object/info/authenticated/b/a.txt?versionId=v"
    );
    assert_eq!(info.size, Some(7));
    assert!(info.metadata.is_empty());

    let (sent, there) =
        exchange(answer, |bucket| async move { bucket.exists("a.txt").await }).await;
    assert_eq!(
        sent.line,
        "GET /storage/v1/object/info/authenticated/b/a.txt"
    );
    assert!(there);
}

#[tokio::test]
async fn signed_url() {
    // The server decodes the path before it writes it.
    let answer = r#"{"signedURL":"/object/sign/b/dir/a b;.txt?token=e.y.j"}"#;
    let server = TestServer::start([Answer::json("200 OK", answer)]).await;
    let minute = Duration::from_secs(60);
    let signed = bucket_at(&server.url)
        .create_signed_url("dir/a b;.txt", minute)
        .download_as("x y.txt")
        .await
        .unwrap();

    let sent = Sent::new(&server.requests()[0]);
    assert_eq!(sent.line, "POST /storage/v1/object/sign/b/dir/a%20b;.txt");
    assert_eq!(sent.json(), json!({ "expiresIn": 60 }));
    let url = "storage/v1/object/sign/b/dir/a%20b;.txt?token=e.y.j&download=x+y.txt";
    assert_eq!(signed.expose_url(), format!("{}{url}", server.url));
    let debug = format!("{signed:?}");
    assert!(
        debug.contains("a%20b") && !debug.contains("e.y.j"),
        "{debug}"
    );
}

#[tokio::test]
async fn signed_url_of_an_image() {
    let answer = r#"{"signedURL":"/render/image/sign/b/a.png?token=t"}"#;
    let call = |bucket: Bucket| {
        let signed = bucket.create_signed_url("a.png", Duration::from_secs(60));
        signed
            .transform(Transform::new().width(10))
            .version_id("v")
            .download()
    };
    let (sent, signed) = exchange(answer, call).await;
    let expected = json!({ "expiresIn": 60, "transform": { "width": 10 }, "versionId": "v" });
    assert_eq!(sent.json(), expected);
    let url = "/storage/v1/render/image/sign/b/a.png?token=t&download=";
    assert!(
        signed.expose_url().ends_with(url),
        "{}",
        signed.expose_url()
    );
}

#[tokio::test]
async fn signed_urls() {
    let answer = r#"[{"error":null,"path":"a","signedURL":"/object/sign/b/a?token=t1"},
                     {"error":"not there","path":"c","signedURL":null}]"#;
    let call = |bucket: Bucket| bucket.create_signed_urls(["a", "c"], Duration::from_secs(9));
    let (sent, signed) = exchange(answer, call).await;
    assert_eq!(sent.line, "POST /storage/v1/object/sign/b");
    assert_eq!(sent.json(), json!({ "expiresIn": 9, "paths": ["a", "c"] }));
    let url = signed[0].outcome.as_ref().unwrap().expose_url();
    assert!(
        url.ends_with("/storage/v1/object/sign/b/a?token=t1"),
        "{url}"
    );
    assert_eq!(signed[1].path, "c");
    assert_eq!(signed[1].outcome.as_ref().unwrap_err(), "not there");
    assert!(!format!("{signed:?}").contains("t1"));
}

#[tokio::test]
async fn signed_upload() {
    let answer = r#"{"url":"/object/upload/sign/b/a.txt?token=e.y.j","token":"e.y.j"}"#;
    let call = |bucket: Bucket| bucket.create_signed_upload_url("a.txt").upsert(true);
    let (sent, signed) = exchange(answer, call).await;
    assert_eq!(sent.line, "POST /storage/v1/object/upload/sign/b/a.txt");
    sent.has("x-upsert: true");
    assert_eq!(sent.json(), json!({}));
    assert_eq!((signed.path(), signed.expose_token()), ("a.txt", "e.y.j"));
    let url = "/storage/v1/object/upload/sign/b/a.txt?token=e.y.j";
    assert!(signed.expose_url().ends_with(url));
    assert!(!format!("{signed:?}").contains("e.y.j"));

    let call = |bucket: Bucket| bucket.create_signed_upload_url("a.txt");
    let (sent, _) = exchange(answer, call).await;
    sent.has_no("x-upsert");
}

#[tokio::test]
async fn upload_to_signed_url() {
    let call = |bucket: Bucket| {
        let upload = bucket.upload_to_signed_url("a.txt", "to&k", "hi");
        assert!(!format!("{upload:?}").contains("to&k"));
        upload.content_type("text/plain")
    };
    let (sent, object) = exchange(r#"{"Key":"b/a.txt"}"#, call).await;
    assert_eq!(
        sent.line,
        "PUT /storage/v1/object/upload/sign/b/a.txt?token=to%26k"
    );
    sent.has("x-upsert: false");
    sent.has("cache-control: max-age=3600");
    sent.has("content-type: text/plain");
    assert_eq!(sent.body, "hi");
    assert_eq!((object.id, object.full_path.as_str()), (None, "b/a.txt"));
}

#[test]
fn public_url() {
    let project = "https://p.supabase.co".parse().unwrap();
    let bucket = bucket_at(&project);
    let plain = bucket.get_public_url("dir/a#b.png");
    let base = "https://p.supabase.co/storage/v1";
    let expected = format!("{base}/object/public/b/dir/a%23b.png");
    assert_eq!(plain.to_url().unwrap(), expected);
    let url = bucket
        .get_public_url("a.png")
        .download_as("x.png")
        .transform(Transform::new().width(1).quality(20))
        .cache_nonce("n")
        .version_id("v");
    let query = "width=1&quality=20&download=x.png&cacheNonce=n&versionId=v";
    let expected = format!("{base}/render/image/public/b/a.png?{query}");
    assert_eq!(url.to_url().unwrap(), expected);
}

#[tokio::test]
async fn buckets() {
    let bucket = r#"{"id":"b","name":"b","owner":"","public":true,"file_size_limit":1000000,
        "allowed_mime_types":["image/png"],"created_at":"t","updated_at":"t","type":"STANDARD"}"#;
    let answer = format!("[{bucket}]");
    let (sent, buckets) = exchange_as_service(&answer, |storage| storage.list_buckets()).await;
    assert_eq!(sent.line, "GET /storage/v1/bucket");
    assert_eq!(buckets[0].file_size_limit, Some(1_000_000));

    let (sent, _) = exchange_as_service("[]", |storage| {
        let list = storage
            .list_buckets()
            .limit(1)
            .limit(2)
            .offset(3)
            .search("x");
        list.sort_by(BucketColumn::CreatedAt, SortOrder::Descending)
    })
    .await;
    assert_eq!(
        sent.line,
        "GET /storage/v1/bucket?limit=2&offset=3&search=x&sortColumn=created_at&sortOrder=desc"
    );

    let call = |storage: Storage<_>| async move { storage.get_bucket("b").await };
    let (sent, info) = exchange_as_service(bucket, call).await;
    assert_eq!(sent.line, "GET /storage/v1/bucket/b");
    assert_eq!(info.allowed_mime_types.unwrap(), ["image/png"]);

    let (sent, ()) = exchange_as_service(r#"{"name":"b"}"#, |storage| {
        let bucket = storage.create_bucket("b").public(true);
        bucket
            .file_size_limit("1MB")
            .allowed_mime_types(["image/png"])
    })
    .await;
    assert_eq!(sent.line, "POST /storage/v1/bucket");
    let expected = json!({
        "id": "b", "name": "b", "public": true, "file_size_limit": "1MB",
        "allowed_mime_types": ["image/png"],
    });
    assert_eq!(sent.json(), expected);

    let call = |storage: Storage<_>| storage.create_bucket("b");
    let (sent, ()) = exchange_as_service("{}", call).await;
    let expected = json!({ "id": "b", "name": "b", "public": false });
    assert_eq!(sent.json(), expected);

    let call = |storage: Storage<_>| storage.update_bucket("b").public(false);
    let (sent, ()) = exchange_as_service("{}", call).await;
    assert_eq!(sent.line, "PUT /storage/v1/bucket/b");
    assert_eq!(sent.json(), expected);

    let (sent, ()) = exchange_as_service("{}", |storage| {
        let bucket = storage.update_bucket("b").no_file_size_limit();
        bucket.any_mime_type()
    })
    .await;
    let expected = json!({
        "id": "b", "name": "b", "file_size_limit": null, "allowed_mime_types": null
    });
    assert_eq!(sent.json(), expected);

    let call = |storage: Storage<_>| storage.update_bucket("b").file_size_limit(5u64);
    let (sent, ()) = exchange_as_service("{}", call).await;
    assert_eq!(sent.json()["file_size_limit"], 5);

    let call = |storage: Storage<_>| async move { storage.empty_bucket("b").await };
    let (sent, ()) = exchange_as_service("{}", call).await;
    assert_eq!(sent.line, "POST /storage/v1/bucket/b/empty");
    assert_eq!(sent.json(), json!({}));

    let call = |storage: Storage<_>| async move { storage.delete_bucket("b").await };
    let (sent, ()) = exchange_as_service("{}", call).await;
    assert_eq!(sent.line, "DELETE /storage/v1/bucket/b");
}

#[tokio::test]
async fn a_name_with_a_question_mark_is_signed_by_the_call_that_can() {
    let minute = Duration::from_secs(60);
    let signed = r#"[{"error":null,"path":"a?","signedURL":"/object/sign/b/a??token=e.y.j"}]"#;
    let (sent, url) = exchange(signed, |bucket| {
        bucket.create_signed_url("/a?", minute).download()
    })
    .await;
    assert_eq!(sent.line, "POST /storage/v1/object/sign/b");
    assert_eq!(sent.json(), json!({ "expiresIn": 60, "paths": ["a?"] }));
    let url = url.expose_url();
    assert!(
        url.ends_with("/object/sign/b/a%3F?token=e.y.j&download="),
        "{url}"
    );

    let missing = r#"[{"error":"Either the object does not exist or you do not have access to it",
        "path":"a?","signedURL":null}]"#;
    for (answer, kind) in [
        (missing, ClientErrorKind::Server),
        ("[]", ClientErrorKind::Decode),
    ] {
        let server = TestServer::start([Answer::json("200 OK", answer)]).await;
        let signed = bucket_at(&server.url).create_signed_url("a?", minute);
        let error = signed.await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.is_not_found(), kind == ClientErrorKind::Server);
    }
    let server = TestServer::start([]).await;
    let bucket = bucket_at(&server.url);
    let small = Transform::new().width(8);
    for signed in [
        bucket.create_signed_url("a?", minute).transform(small),
        bucket.create_signed_url("a?", minute).version_id("1"),
    ] {
        let error = signed.await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    }
}
