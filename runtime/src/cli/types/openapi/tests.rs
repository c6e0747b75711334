//! A catalog from a document as PostgREST 13 writes it, served over HTTP with the paths and
//! parameters that nothing is read from.

use std::collections::HashMap;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::cli::database::UrlOption;
use crate::cli::types::source::Source;

const DOCUMENT: &str = include_str!("tests/openapi.json");

/// Answers every request with the document, and returns the heads of `requests` requests.
async fn serve(requests: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = tokio::spawn(async move {
        let mut heads = Vec::new();
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            heads.push(String::from_utf8(head).unwrap());
            let length = DOCUMENT.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/openapi+json\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{DOCUMENT}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        heads
    });
    (url, heads)
}

async fn catalog_with(variables: &[(&str, &str)], schemas: &[&str]) -> (Catalog, Vec<String>) {
    let (url, heads) = serve(schemas.len()).await;
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let source = Source::find(UrlOption::of(None), Some(url), &|name| {
        variables.get(name).cloned()
    })
    .unwrap();
    let schemas: Vec<String> = schemas.iter().map(|&name| name.to_owned()).collect();
    let catalog = source.catalog(&schemas).await.unwrap();
    (catalog, heads.await.unwrap())
}

#[tokio::test]
async fn the_secret_key_is_used_where_there_is_one() {
    let secret = ("SUPABASE_SECRET_KEY", "sb_secret_a");
    let publishable = ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_b");
    for (variables, key) in [
        ([publishable, secret].as_slice(), "sb_secret_a"),
        (&[publishable], "sb_publishable_b"),
    ] {
        let (_, heads) = catalog_with(variables, &["public"]).await;
        let head = heads[0].to_lowercase();
        assert!(head.starts_with("get /rest/v1/ http/1.1\r\n"), "{head}");
        for header in [
            &format!("apikey: {key}"),
            "accept: application/openapi+json",
            "accept-profile: public",
        ] {
            assert!(head.contains(header), "no {header} in {head}");
        }
    }
}

#[tokio::test]
async fn tables_enums_and_functions_are_read() {
    let key = [("SUPABASE_SECRET_KEY", "sb_secret_a")];
    let (catalog, _) = catalog_with(&key, &["public"]).await;
    let text = super::super::render::module(&catalog, &std::iter::empty().collect());

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/types/openapi/tests/openapi.rs");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(
        text == expected,
        "not the snapshot; UPDATE_SNAPSHOTS=1 writes it\n--- expected\n{expected}\n--- actual\n{text}"
    );
}

#[tokio::test]
async fn each_schema_is_asked_for_by_its_name() {
    let key = [("SUPABASE_SECRET_KEY", "sb_secret_a")];
    let (catalog, heads) = catalog_with(&key, &["public", "other"]).await;
    let names: Vec<&str> = catalog
        .schemas
        .iter()
        .map(|schema| schema.name.as_str())
        .collect();
    assert_eq!(names, ["public", "other"]);
    assert!(heads[1].to_lowercase().contains("accept-profile: other"));
}

#[test]
fn a_note_of_postgrest_is_no_comment() {
    let note = "Note:\nThis is a Primary Key.<pk/>";
    let foreign = "Note:\nThis is a Foreign Key to `a.b`.<fk table='a' column='b'/>";
    for (description, own, is_primary_key) in [
        (note.to_owned(), None, true),
        (format!("Mine.\n\n{note}"), Some("Mine."), true),
        (format!("Mine.\n\n{foreign}"), Some("Mine."), false),
        ("Note:\nmine".to_owned(), Some("Note:\nmine"), false),
    ] {
        let expected = (own.map(str::to_owned), is_primary_key);
        assert_eq!(comment(Some(&description)), expected, "{description}");
    }
}

#[test]
fn names_are_read_with_their_schema_and_quotes() {
    for (format, schema, name) in [
        ("public.mood", "public", "mood"),
        ("mood", "own", "mood"),
        ("other.\"Ticket.State\"", "other", "Ticket.State"),
        ("\"say \"\"hi\"\"\"", "own", "say \"hi\""),
    ] {
        assert_eq!(qualified(format, "own"), Name::new(schema, name));
    }
}
