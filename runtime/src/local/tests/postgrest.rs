//! Requests that PostgREST answers in a way of its own.

use super::answers::{got, rows_of, service, started};
use super::*;

const POSTS: &str = "
    create schema private;
    create table authors (id int primary key, name text);
    create table posts (id int primary key, author_id int references authors, title text, likes numeric);
    create table tags (id int primary key, name text, post_id int);
    create table post_tags (post_id int references posts, tag_id int references tags, name text,
      primary key (post_id, tag_id));
    create table private.follows (follower int references authors, followed int references tags,
      primary key (follower, followed));
    create view follows as select * from private.follows;
    insert into authors values (1, 'ada'), (2, 'bob');
    insert into posts values (1, 1, 'one', 1.50), (2, 1, 'two', 12345678901234567890.10);
    insert into tags values (1, 'red', 9), (2, 'blue', 9);
    insert into post_tags values (1, 1, 'x'), (1, 2, 'y');
    insert into private.follows values (2, 1);";

async fn answered(request: RequestBuilder) -> (StatusCode, String, reqwest::header::HeaderMap) {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, response.text().await.unwrap(), headers)
}

#[tokio::test]
async fn embeds_are_counted_joined_and_spread() {
    let stack = started(POSTS).await;
    for (path, expected) in [
        (
            "authors?select=name,posts(count)&order=id",
            json!([{ "name": "ada", "posts": [{ "count": 2 }] }, { "name": "bob", "posts": [{ "count": 0 }] }]),
        ),
        (
            "authors?select=posts(count)&posts.title=eq.one&order=id&limit=1",
            json!([{ "posts": [{ "count": 1 }] }]),
        ),
        // The junction has columns with the names of the target's.
        (
            "posts?select=tags(id,name,post_id)&tags.order=name&id=eq.1",
            json!([{ "tags": [{ "id": 2, "name": "blue", "post_id": 9 }, { "id": 1, "name": "red", "post_id": 9 }] }]),
        ),
        // The junction is private, and the view of it is not.
        (
            "authors?select=tags(name)&id=eq.2",
            json!([{ "tags": [{ "name": "red" }] }]),
        ),
        (
            "posts?select=title,...authors(author:name)&order=authors(author),id.desc",
            json!([{ "title": "two", "author": "ada" }, { "title": "one", "author": "ada" }]),
        ),
        (
            "authors?select=id,...posts(title)&posts.order=id.desc&id=eq.1",
            json!([{ "id": 1, "title": ["two", "one"] }]),
        ),
        (
            "authors?select=name,posts()&posts=is.null",
            json!([{ "name": "bob" }]),
        ),
        (
            "authors?select=name,posts(tags())&posts.tags=not.is.null&posts=not.is.null",
            json!([{ "name": "ada" }]),
        ),
        (
            "authors?select=name,posts!inner(title)&posts.or=(title.eq.one,title.eq.none)",
            json!([{ "name": "ada", "posts": [{ "title": "one" }] }]),
        ),
    ] {
        assert_eq!(
            got(&stack, &format!("/rest/v1/{path}")).await,
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_body_is_as_postgresql_writes_it() {
    let stack = started(POSTS).await;
    for (path, accept, expected) in [
        (
            "posts?select=title,likes,id&id=eq.2",
            "application/json",
            r#"[{"title":"two","likes":12345678901234567890.10,"id":2}]"#,
        ),
        (
            "posts?select=title,likes&id=eq.1",
            "application/vnd.pgrst.object+json",
            r#"{"title":"one","likes":1.50}"#,
        ),
        (
            "posts?select=title,id&order=id",
            "text/csv",
            "title,id\none,1\ntwo,2",
        ),
        ("posts?select=id&id=gt.9", "application/json", "[]"),
    ] {
        let request = service(&stack, Method::GET, &format!("/rest/v1/{path}"), None);
        let (_, body, _) = answered(request.header("accept", accept)).await;
        assert_eq!(body, expected, "{path}");
    }
}

#[tokio::test]
async fn an_error_is_postgrests() {
    let stack = started(POSTS).await;
    for (path, status, code, message) in [
        (
            "posts?select=nothing",
            400,
            "42703",
            "column posts.nothing does not exist",
        ),
        (
            "posts?nothing=eq.1",
            400,
            "42703",
            "column posts.nothing does not exist",
        ),
        (
            "posts?order=nothing",
            400,
            "42703",
            "column posts.nothing does not exist",
        ),
        (
            "authors?select=posts(nothing)",
            400,
            "42703",
            "column posts_1.nothing does not exist",
        ),
        (
            "posts?select=id&none.id=eq.1",
            400,
            "PGRST108",
            "'none' is not an embedded resource in this request",
        ),
        (
            "authors?select=*&order=posts(id)",
            400,
            "PGRST108",
            "'posts' is not an embedded resource in this request",
        ),
        (
            "posts?select=id.sum()",
            400,
            "PGRST123",
            "Use of aggregate functions is not allowed",
        ),
        (
            "posts?order=id.desc,",
            400,
            "PGRST100",
            "\"failed to parse order\"",
        ),
        (
            "posts?title=eq.a%00b",
            400,
            "22021",
            "invalid byte sequence for encoding \"UTF8\"",
        ),
        (
            "",
            501,
            "PGRST_LOCAL",
            "LocalSupabase has no OpenAPI document",
        ),
    ] {
        let request = service(&stack, Method::GET, &format!("/rest/v1/{path}"), None);
        let (found, body, headers) = answered(request).await;
        let error: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (found.as_u16(), &error["code"]),
            (status, &json!(code)),
            "{path} {error}"
        );
        assert_eq!(error["message"], message, "{path}");
        assert_eq!(headers["proxy-status"], format!("PostgREST; error={code}"));
    }
    let past = service(&stack, Method::GET, "/rest/v1/posts?offset=9", None);
    let (status, _, headers) = answered(past.header("prefer", "count=exact")).await;
    assert_eq!(
        (status.as_u16(), &headers["content-range"]),
        (416, &"*/2".parse().unwrap())
    );
}

#[tokio::test]
async fn a_name_in_quotes_is_that_name() {
    let stack = started(
        "create table odd (id int primary key, \"a,b\" int, \"c.d\" jsonb);
         insert into odd values (1, 2, '{\"x\": 1}'), (2, 1, '{\"x\": 2}');",
    )
    .await;
    for (query, expected) in [
        ("select=id&order=\"a,b\"", json!([{ "id": 2 }, { "id": 1 }])),
        (
            "select=id&order=\"c.d\"->x.desc.nullslast",
            json!([{ "id": 2 }, { "id": 1 }]),
        ),
        ("select=\"a,b\"&\"a,b\"=eq.2", json!([{ "a,b": 2 }])),
        ("select=\"c.d\"->x&id=eq.1", json!([{ "x": 1 }])),
    ] {
        assert_eq!(
            got(&stack, &format!("/rest/v1/odd?{query}")).await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn postgresql_reads_the_arguments_of_a_function() {
    let stack = started(
        "create type point2 as (x int, y numeric);
         create function f(p point2, grid int[][], n numeric, t text default 'none') returns json
           language sql as $$ select json_build_object('y', (p).y, 'rows', array_length(grid, 1),
             'n', n, 't', t) $$;
         create function sum_of(variadic numbers int[]) returns int language sql
           as 'select sum(n)::int from unnest(numbers) n';
         create function echo(json) returns json language sql as 'select $1';",
    )
    .await;
    let arguments = json!({
        "p": { "x": 1, "y": 2.5 }, "grid": [[1, 2], [3, 4]], "n": 3, "t": null,
    });
    for (path, body, expected) in [
        (
            "f",
            arguments,
            json!({ "y": 2.5, "rows": 2, "n": 3, "t": null }),
        ),
        ("sum_of", json!({ "numbers": [1, 2, 3] }), json!(6)),
        (
            "echo",
            json!({ "a": [1, { "b": null }] }),
            json!({ "a": [1, { "b": null }] }),
        ),
    ] {
        let path = format!("/rest/v1/rpc/{path}");
        assert_eq!(
            rows_of(&stack, Method::POST, &path, Some(body)).await,
            expected,
            "{path}"
        );
    }
    for (path, expected) in [
        (
            "f?p=(1,2.5)&grid={{1,2}}&n=12",
            json!({ "y": 2.5, "rows": 1, "n": 12, "t": "none" }),
        ),
        ("sum_of?numbers=1&numbers=5", json!(6)),
    ] {
        assert_eq!(
            got(&stack, &format!("/rest/v1/rpc/{path}")).await,
            expected,
            "{path}"
        );
    }
}

/// A count of a function's rows does not call it again.
#[tokio::test]
async fn a_function_is_called_once() {
    let stack = started(
        "create table calls (id int generated always as identity);
         create function called() returns setof calls language sql
           as 'insert into calls default values; select * from calls';",
    )
    .await;
    let call = service(&stack, Method::POST, "/rest/v1/rpc/called", Some(json!({})));
    let (_, _, headers) = answered(call.header("prefer", "count=exact")).await;
    assert_eq!(headers["content-range"], "0-0/1");
    assert_eq!(got(&stack, "/rest/v1/calls").await, json!([{ "id": 1 }]));
}

#[tokio::test]
async fn the_settings_of_the_role_authenticator_count() {
    let checked = "
        create function public.check_request() returns void language plpgsql as $$ begin
          perform set_config('response.headers', '[{\"x-checked\": \"yes\"}]', true);
          if current_setting('request.path') = '/tags' then raise sqlstate 'PT418'; end if;
        end $$;
        alter role authenticator set pgrst.db_pre_request = 'public.check_request';
        alter role authenticator set pgrst.db_aggregates_enabled = 'true';";
    // A role belongs to the whole server, so this stack gets one of its own.
    let stack = started(&format!("{POSTS} {checked}")).await;
    let limit = "do $$ begin execute format('alter role authenticator in database %I \
                 set pgrst.db_max_rows = 1', current_database()); end $$";
    stack.execute(limit).await.unwrap();
    let authors = "/rest/v1/authors?select=name,posts(likes.max(),id.count())&order=id";
    let (status, body, headers) = answered(service(&stack, Method::GET, authors, None)).await;
    assert_eq!(headers["x-checked"], "yes", "{status} {body}");
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(found[0]["posts"][0]["count"], 2, "{found}");
    assert_eq!(found.as_array().unwrap().len(), 1);
    let (status, _, _) = answered(service(&stack, Method::GET, "/rest/v1/tags", None)).await;
    assert_eq!(status.as_u16(), 418);

    // A number that is no limit leaves the stack's own, and names of settings have no case.
    for no_limit in ["-1", "9223372036854775807"] {
        let limit = limit.replace(
            "pgrst.db_max_rows = 1",
            &format!("PGRST.db_max_rows = ''{no_limit}''"),
        );
        stack.execute(limit).await.unwrap();
        let estimated = service(&stack, Method::GET, "/rest/v1/authors?select=id", None);
        let (_, body, _) = answered(estimated.header("prefer", "count=estimated")).await;
        let found: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(found.as_array().unwrap().len(), 2, "{no_limit}: {found}");
    }
}

#[tokio::test]
async fn a_table_that_no_role_may_use_is_refused_and_not_missing() {
    let stack = started(
        "create table hidden (id int);
         revoke all on hidden from anon, authenticated, service_role;",
    )
    .await;
    let (status, error) = send(service(&stack, Method::GET, "/rest/v1/hidden", None)).await;
    assert_eq!(
        (status.as_u16(), &error["code"]),
        (403, &json!("42501")),
        "{error}"
    );
}

#[tokio::test]
async fn the_methods_of_a_table_and_a_function_are_told() {
    let stack = started(POSTS).await;
    for (path, status, allow) in [
        ("posts", 200, "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
        ("nothing", 404, ""),
    ] {
        let request = service(&stack, Method::OPTIONS, &format!("/rest/v1/{path}"), None);
        let (found, _, headers) = answered(request).await;
        let allowed = headers
            .get("allow")
            .map_or("", |allow| allow.to_str().unwrap());
        assert_eq!((found.as_u16(), allowed), (status, allow), "{path}");
    }
}

#[tokio::test]
async fn a_write_returns_only_what_is_selected() {
    let stack = started(
        "create table notes (id int primary key, title text, secret text);
         create function loud(notes) returns text language sql immutable as 'select upper($1.title)';
         grant select (id, title), insert, update on notes to anon;",
    )
    .await;
    let key = stack.publishable_key();
    let insert = |query: &str, id: i32| {
        request(
            &stack,
            Method::POST,
            &format!("/rest/v1/notes?{query}"),
            key,
        )
        .header("content-type", "application/json")
        .header("prefer", "return=representation")
        .body(json!({ "id": id, "title": "t" }).to_string())
    };
    let created = |row: Value| (StatusCode::CREATED, json!([row]));
    stack
        .execute("revoke select on notes from anon; grant select (id, title) on notes to anon")
        .await
        .unwrap();
    assert_eq!(
        send(insert("select=id,title", 1)).await,
        created(json!({ "id": 1, "title": "t" }))
    );
    let (status, error) = send(insert("select=*", 2)).await;
    assert_eq!(
        (status.as_u16(), &error["code"]),
        (401, &json!("42501")),
        "{error}"
    );
    let merged = service(
        &stack,
        Method::POST,
        "/rest/v1/notes?select=id,loud",
        Some(json!([{ "id": 1, "title": "new" }])),
    )
    .header(
        "prefer",
        "return=representation,resolution=merge-duplicates",
    );
    assert_eq!(
        send(merged).await,
        (StatusCode::OK, json!([{ "id": 1, "loud": "NEW" }]))
    );
}

#[tokio::test]
async fn a_missing_value_is_the_default_of_its_domain() {
    let stack = started(
        "create domain lucky as int default 7;
         create domain searched as tsvector;
         create table picks (id lucky, name text, words searched);",
    )
    .await;
    let row = json!([{ "name": "a", "words": "'cat':1" }]);
    let insert = service(
        &stack,
        Method::POST,
        "/rest/v1/picks?columns=id,name,words",
        Some(row),
    )
    .header("prefer", "return=representation,missing=default");
    let (status, rows) = send(insert).await;
    assert_eq!(
        (status, &rows[0]["id"]),
        (StatusCode::CREATED, &json!(7)),
        "{rows}"
    );
    let found = got(&stack, "/rest/v1/picks?select=id&words=fts(simple).cat").await;
    assert_eq!(found, json!([{ "id": 7 }]));
}

#[tokio::test]
async fn the_media_type_that_is_preferred_is_the_bodys() {
    let stack = started("create table posts (id int primary key, done bool);").await;
    for (accept, expected) in [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "[]"),
        ("text/csv;q=0.1, application/json", "[]"),
        ("text/csv", "\n"),
    ] {
        let request = service(&stack, Method::GET, "/rest/v1/posts?select=id::text", None);
        let (status, body, _) = answered(request.header("accept", accept)).await;
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::OK, expected),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn a_text_that_is_none_is_refused() {
    let stack = started(
        "create function echo(text) returns text language sql as 'select $1';
         create function length(bytea) returns int language sql as 'select octet_length($1)';",
    )
    .await;
    let call = |function: &str, media: &str, body: &'static [u8]| {
        let path = format!("/rest/v1/rpc/{function}");
        service(&stack, Method::POST, &path, None)
            .header("content-type", media.to_owned())
            .body(body)
    };
    let (status, body, _) = answered(call("echo", "text/plain", b"a\xffb")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert!(body.contains("22021"), "{body}");
    let (status, body, _) = answered(call("echo", "text/plain", b"\xc3\xa4")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "\"\u{e4}\""));
    let (status, body, _) = answered(call("length", "application/octet-stream", b"a\0\xff")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "3"));
}
