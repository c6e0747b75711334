//! Storage: objects and buckets.

use std::time::Duration;

use supabase_task::client::storage::{Bucket, ObjectColumn, SortOrder, Transform};

use crate::calls::Calls;
use crate::clients::Clients;

const MINUTE: Duration = Duration::from_secs(60);

fn b(clients: &Clients) -> Bucket {
    clients.user.storage().from("b")
}

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    calls.call("key-secret-storage", |c| {
        c.secret.storage().from("b").list("a")
    });
    calls.call("st-upload-bytes", |c| b(c).upload("dir/a.bin", b"hi"));
    calls.call("st-upload-blob", |c| {
        b(c).upload("a.txt", "hi")
            .content_type("text/plain")
            .upsert(true)
    });
    calls.call("st-update", |c| {
        b(c).update("a.txt", b"hi").content_type("text/plain")
    });
    calls.call("st-download", |c| b(c).download("dir/a b.txt"));
    calls.call("st-list-default", |c| b(c).list("dir"));
    calls.call("st-list-options", |c| {
        let list = b(c).list("dir").limit(5).offset(10).search("x");
        list.sort_by(ObjectColumn::CreatedAt, SortOrder::Descending)
    });
    calls.call("st-listV2", |c| {
        let list = b(c).list_v2("dir/").limit(3);
        list.with_delimiter(true).cursor("c")
    });
    calls.call("st-move-bucket", |c| {
        b(c).move_to("a", "c").destination_bucket("b2")
    });
    calls.call("st-copy", |c| b(c).copy("a", "c"));
    calls.call("st-remove", |c| b(c).remove(["a", "dir/b c"]));
    calls.call("st-exists", |c| {
        let bucket = b(c);
        Box::pin(async move { bucket.exists("a.txt").await })
    });
    calls.call("st-signed-url", |c| {
        b(c).create_signed_url("a b.txt", MINUTE)
            .download_as("x.txt")
    });
    calls.call("st-signed-url-transform", |c| {
        b(c).create_signed_url("a.png", MINUTE)
            .transform(Transform::new().width(10))
    });
    calls.call("st-signed-upload", |c| {
        b(c).create_signed_upload_url("a.txt").upsert(true)
    });
    calls.call("st-upload-to-signed", |c| {
        b(c).upload_to_signed_url("a.txt", "tok", b"hi")
            .content_type("text/plain")
    });
    calls.call("st-bucket-list", |c| c.admin.storage().list_buckets());
    calls.call("st-bucket-create", |c| {
        let bucket = c.admin.storage().create_bucket("b").public(true);
        bucket
            .file_size_limit("1MB")
            .allowed_mime_types(["image/png"])
    });
    calls.call("st-bucket-update", |c| {
        c.admin.storage().update_bucket("b").public(false)
    });
    calls.call("st-bucket-empty", |c| {
        let storage = c.admin.storage();
        Box::pin(async move { storage.empty_bucket("b").await })
    });
    calls
}
