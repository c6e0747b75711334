//! Order, limits, counts, forms of the response, preferences and headers.

use serde_json::json;

use super::super::media::Media;
use super::super::{Count, Explain, Order, Query, QueryKind};
use super::{headers, line, mistake, request, schema, table, todos, wire};

#[test]
fn order_limit_and_range() {
    let cases = [
        (todos().order("id", Order::asc()), "order=id.asc"),
        (
            todos().order("id", Order::asc().nulls_first()),
            "order=id.asc.nullsfirst",
        ),
        (
            todos().order("id", Order::desc().nulls_last()),
            "order=id.desc.nullslast",
        ),
        (
            todos()
                .order("a", Order::asc())
                .limit(3)
                .order("b", Order::desc()),
            "order=a.asc%2Cb.desc&limit=3",
        ),
        (
            todos().order("customers(name)", Order::asc()),
            "order=customers%28name%29.asc",
        ),
        (todos().limit(10), "limit=10"),
        (todos().limit(0), "limit=0"),
        (todos().range(10, 19), "offset=10&limit=10"),
        (todos().range(0, 0), "offset=0&limit=1"),
        (todos().limit(5).range(2, 3), "limit=2&offset=2"),
    ];
    for (query, rest) in cases {
        assert_eq!(line(query), format!("GET /rest/v1/todos?select=*&{rest}"));
    }
    for column in ["", "a,b", "a.desc,secret", "a.desc", "\"a"] {
        assert!(
            request(todos().order(column, Order::asc())).is_err(),
            "{column}"
        );
    }
    for (from, to) in [(1, 0), (0, u64::MAX)] {
        assert!(request(todos().range(from, to)).is_err());
    }
}

#[test]
fn counts() {
    let (_, planned, _) = wire(todos().count(Count::Exact).count(Count::Planned));
    assert_eq!(planned, headers([("prefer", "count=planned")]));
    let (_, estimated, _) = wire(todos().count(Count::Estimated));
    assert_eq!(estimated, headers([("prefer", "count=estimated")]));
}

/// The format that the query requests for the response.
fn accept<K: QueryKind>(query: Query<K>) -> String {
    let request = request(query).unwrap();
    request.headers.to_map(0)["accept"]
        .to_str()
        .unwrap()
        .to_owned()
}

fn with_media(change: impl FnOnce(&mut Media)) -> Query<super::Select> {
    todos().with(|parts| change(&mut parts.media))
}

#[test]
fn forms_of_the_answer() {
    assert_eq!(
        accept(todos().strip_nulls()),
        "application/vnd.pgrst.array+json;nulls=stripped"
    );
    let one = with_media(|media| media.one_object = true);
    assert_eq!(
        accept(one.strip_nulls()),
        "application/vnd.pgrst.object+json;nulls=stripped"
    );
    let csv = with_media(|media| media.form = Some(Media::CSV));
    assert!(mistake(csv.strip_nulls()).contains("`strip_nulls` is for JSON"));
}

#[test]
fn plans() {
    let plan = |explain: Explain| {
        accept(with_media(|media| {
            media.one_object = explain.single;
            media.explain = Some(explain);
        }))
    };
    assert_eq!(
        plan(Explain::new()),
        "application/vnd.pgrst.plan+text; for=\"application/json\"; options=;"
    );
    assert_eq!(
        plan(
            Explain::new()
                .analyze()
                .verbose()
                .settings()
                .buffers()
                .wal()
                .json()
        ),
        "application/vnd.pgrst.plan+json; for=\"application/json\"; \
         options=analyze|verbose|settings|buffers|wal;"
    );
    assert_eq!(
        plan(Explain::new().single().analyze()),
        "application/vnd.pgrst.plan+text; for=\"application/vnd.pgrst.object+json\"; \
         options=analyze;"
    );
}

#[test]
fn preferences() {
    let (_, prefer, _) = wire(table("t").delete().eq("id", 1).max_affected(2).rollback());
    let expected = "handling=strict, max-affected=2, tx=rollback";
    assert_eq!(prefer, headers([("prefer", expected)]));
    let (_, prefer, _) = wire(schema().rpc("f", ()).max_affected(1).max_affected(3));
    let expected = "handling=strict, max-affected=3";
    assert_eq!(prefer, headers([("prefer", expected)]));
    let insert = table("t").insert(json!({})).select("id").max_affected(1);
    assert!(mistake(insert).contains("limits updates and deletes"));
}

#[test]
fn headers_of_the_callers() {
    let query = todos()
        .set_header("X-Custom", "a")
        .set_header("x-custom", "b");
    assert_eq!(wire(query).1, headers([("x-custom", "b")]));
    let query = todos()
        .set_header("Prefer", "timezone=Europe/Oslo")
        .count(Count::Exact);
    let expected = "timezone=Europe/Oslo, count=exact";
    assert_eq!(wire(query).1, headers([("prefer", expected)]));

    let refused = [
        ("apikey", "a client has one identity"),
        ("Authorization", "a client has one identity"),
        ("Accept-Profile", "`schema` chooses"),
        ("content-profile", "`schema` chooses"),
        ("Accept", "choose the format"),
        ("Content-Type", "always JSON"),
        ("Host", "belongs to the connection"),
        ("content-length", "belongs to the connection"),
        ("no name", "cannot be the name of a header"),
    ];
    for (name, reason) in refused {
        let mistake = mistake(todos().set_header(name, "secret"));
        assert!(mistake.contains(reason), "{mistake}");
        assert!(!mistake.contains("secret"), "{mistake}");
    }
    assert!(mistake(todos().set_header("x-a", "b\r\nc")).contains("control character"));
}
