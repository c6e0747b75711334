//! A catalog from a document as PostgREST 13 writes it, served over HTTP with the paths and
//! parameters that are not read.

use std::collections::HashMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
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

/// Reads a document, and checks that no error contains the name of an internal type.
fn read(document: &Value) -> Result<Catalog, String> {
    let mut catalog = Catalog::default();
    match add(&mut catalog, "public", document.to_string().as_bytes()) {
        Ok(()) => Ok(catalog.sorted()),
        Err(error) => {
            let text = error.to_string();
            for internal in [
                "struct", "Document", "PathItem", "Property", "Ordered", "serde",
            ] {
                assert!(!text.contains(internal), "{internal} in {text}");
            }
            assert!(text.contains("of the schema `public`") && text.contains("SUPABASE_DB_URL"));
            Err(text)
        }
    }
}

fn column_type(format: &str) -> Type {
    let document = json!({
        "swagger": "2.0",
        "definitions": { "t": { "properties": { "c": { "format": format } } } },
    });
    let mut catalog = read(&document).unwrap();
    let mut relation = catalog.schemas.remove(0).relations.remove(0);
    relation.columns.remove(0).r#type
}

#[test]
fn a_type_is_known_however_its_version_of_postgrest_writes_it() {
    let builtin = |name: &str| Type::Builtin(name.to_owned());
    let unknown = |schema, name| Type::Unknown(Name::new(schema, name));
    for (format, expected) in [
        ("smallint", builtin("int2")),
        ("bigint", builtin("int8")),
        ("int32", builtin("int4")),
        ("int64", builtin("int8")),
        ("integer[]", Type::Array(Box::new(builtin("int4")))),
        ("\"char\"", builtin("char")),
        ("timestamp without time zone", builtin("timestamp")),
        ("extensions.vector(3)", unknown("extensions", "vector")),
        (
            "extensions.vector(3)[]",
            Type::Array(Box::new(unknown("extensions", "vector"))),
        ),
        (
            "extensions.geometry(Point,4326)",
            unknown("extensions", "geometry"),
        ),
        ("public.\"A.b (c)\"(1)", unknown("public", "A.b (c)")),
    ] {
        assert_eq!(column_type(format), expected, "{format}");
    }
}

#[test]
fn arguments_without_a_name_are_left_out_or_leave_out_the_function() {
    let function = |properties: Value, required: Value| {
        let schema = json!({ "type": "object", "properties": properties, "required": required });
        json!({ "post": { "parameters": [{ "in": "body", "schema": schema }] } })
    };
    let document = json!({
        "swagger": "2.0",
        "paths": {
            "/rpc/document": function(json!({ "": { "format": "jsonb" } }), json!([""])),
            "/rpc/letter": function(json!({ "": { "format": "text" } }), json!([""])),
            "/rpc/none": { "post": {} },
            "/rpc/some": function(
                json!({ "a": { "format": "text" }, "": { "format": "text" } }),
                json!(["a"]),
            ),
            "/rpc/wrong": function(
                json!({ "a": { "format": "text" }, "": { "format": "text" } }),
                json!(["a", ""]),
            ),
        },
    });
    let catalog = read(&document).unwrap();
    let functions = &catalog.schemas[0].functions;
    let named = |names: &[&str]| {
        let argument = |name: &&str| Argument {
            name: (*name).to_owned(),
            r#type: Type::Builtin("text".to_owned()),
            has_default: false,
        };
        Arguments::Named(names.iter().map(argument).collect())
    };
    let expected = [
        ("document", Arguments::Body),
        ("none", named(&[])),
        ("some", named(&["a"])),
    ];
    let found: Vec<_> = functions
        .iter()
        .map(|function| (function.name.as_str(), function.arguments.clone()))
        .collect();
    assert_eq!(found, expected);
    let mut left_out = catalog.left_out.clone();
    left_out.sort();
    assert!(left_out[0].starts_with("the function `letter` has no types: an argument has no name"));
    assert!(left_out[1].starts_with("the function `wrong` has no types: an argument has no name"));
}

#[test]
fn what_is_no_description_is_an_error_that_names_the_place() {
    let with_format = |format: Value| {
        json!({
            "swagger": "2.0",
            "definitions": { "todos": { "properties": { "id": { "format": format } } } },
        })
    };
    for (document, expected) in [
        (json!(7), "found a number where an object is expected"),
        (
            json!("maintenance"),
            "found a text where an object is expected",
        ),
        (json!([]), "found an array where an object is expected"),
        (
            json!({ "swagger": "2.0", "definitions": { "todos": [] } }),
            "at `definitions.todos`: found an array where an object is expected",
        ),
        (json!({}), "at `swagger`: expected version 2 of OpenAPI"),
        (
            json!({ "message": "ok" }),
            "at `swagger`: expected version 2",
        ),
        (
            json!({ "swagger": "3.1.0" }),
            "at `swagger`: expected version 2",
        ),
        (
            with_format(json!(7)),
            "at `definitions.todos.properties.id.format`: found a number where a text is expected",
        ),
        (
            with_format(json!({})),
            "at `definitions.todos.properties.id.format`: found an object where a text is expected",
        ),
        (
            json!({ "swagger": "2.0", "paths": { "/rpc/f": { "post": { "parameters": {} } } } }),
            "at `paths./rpc/f.post.parameters`: found an object where an array is expected",
        ),
        (
            json!({ "swagger": "2.0", "definitions": { "a\u{7}": { "required": true } } }),
            "at `definitions.a\\u{7}.required`: found true or false where an array is expected",
        ),
    ] {
        let error = read(&document).unwrap_err();
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    let twice = br#"{"swagger": "2.0", "definitions": {"a": {}, "a": {}}}"#;
    let error = add(&mut Catalog::default(), "public", twice).unwrap_err();
    let expected = "at `definitions`: `a` appears twice";
    assert!(error.to_string().contains(expected), "{error}");
    for broken in [
        b"".as_slice(),
        b"<html>",
        br#"{"swagger": "2.0""#,
        &[0xff, 0xfe],
    ] {
        assert!(add(&mut Catalog::default(), "public", broken).is_err());
    }
}

/// JSON of any shape, also with the document's keys.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "",
        "a",
        "get",
        "post",
        "patch",
        "schema",
        "properties",
        "required",
        "format",
        "enum",
        "default",
        "description",
        "/rpc/",
        "/rpc/a",
        "public.mood",
        "[]",
        "\"",
        "\"\"",
        ".",
        "(",
        "\0",
        "e\u{301}",
        "\u{e9}",
        "Note:\n<pk/>",
        "type",
    ];
    let text = prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Every place in a document, as a path and as the steps to it.
fn collect_places(
    value: &Value,
    path: String,
    steps: Vec<String>,
    places: &mut Vec<(String, Vec<String>)>,
) {
    let below = |step: &str| [steps.as_slice(), &[step.to_owned()]].concat();
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = match path.as_str() {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                collect_places(value, path, below(key), places);
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                let path = format!("{path}[{index}]");
                collect_places(value, path, below(&index.to_string()), places);
            }
        }
        _ => {}
    }
    places.push((path, steps));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Any JSON at one place of a document is read and written as Rust, or the error names the place.
    #[test]
    fn whatever_is_in_a_document_there_are_types_or_an_error_that_names_the_place(
        at in any::<prop::sample::Index>(),
        with in any_json(),
    ) {
        let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut all = Vec::new();
        collect_places(&document, String::new(), Vec::new(), &mut all);
        let (path, steps) = at.get(&all);
        let mut place = &mut document;
        for step in steps {
            place = match place {
                Value::Array(array) => &mut array[step.parse::<usize>().unwrap()],
                object => &mut object[step.as_str()],
            };
        }
        *place = with;

        match read(&document) {
            Ok(catalog) => {
                let text = super::super::render::module(&catalog, &std::iter::empty().collect());
                let file = syn::parse_file(&text);
                prop_assert!(file.is_ok(), "{}\n{text}", file.err().unwrap());
            }
            // A replacement of the whole document may lack only its version.
            Err(error) if path.is_empty() => prop_assert!(error.contains("expected"), "{}", error),
            Err(error) => {
                let place = format!("at `{}", path.escape_debug());
                prop_assert!(error.contains(&place), "{} is not in {}", place, error);
            }
        }
    }
}
