use super::*;

fn column(text: &str) -> Option<String> {
    own_column(text).ok()
}

#[test]
fn names_are_quoted_where_they_would_be_cut() {
    let cases = [
        ("id", "id"),
        (" my col ", "my col"),
        ("naïve-col", "naïve-col"),
        ("日本", "日本"),
        ("a$b", "a$b"),
        ("\"a.b\"", "\"a.b\""),
        ("\"a\\\".b\"", "\"a\\\".b\""),
        ("a:b", "\"a:b\""),
        ("amount::text", "\"amount::text\""),
        ("a,b", "\"a,b\""),
        ("f(x)", "\"f(x)\""),
        ("a#b", "\"a#b\""),
        ("a\"b", "\"a\\\"b\""),
        ("a\\b", "\"a\\\\b\""),
        ("a--b", "\"a--b\""),
        ("a -b", "\"a -b\""),
        ("नाम", "\"नाम\""),
        ("a\nb", "\"a\nb\""),
        ("meta->address->>city", "meta->address->>city"),
        ("meta -> city", "meta->city"),
        ("list->0->-1", "list->0->-1"),
        ("meta->>a.b", "meta->>\"a.b\""),
        ("meta->>\"a->b\"->c", "meta->>\"a->b\"->c"),
        ("meta->>1a", "meta->>1a"),
    ];
    for (text, read) in cases {
        assert_eq!(column(text).as_deref(), Some(read), "{text}");
    }
}

#[test]
fn what_is_no_column_is_refused() {
    let cases = [
        "", " ", ".", "a.", ".a", "a.b", "\"", "\"a", "\"a\"b", "\"\"", "a->", "->a", "a->->b",
        "a->\"b", "\"a\\\"",
    ];
    for text in cases {
        assert_eq!(column(text), None, "{text}");
    }
}

#[test]
fn embedded_tables() {
    let path = ColumnPath::parse("orders.items.\"a.b\"->>c").unwrap();
    assert_eq!(path.embedded, "orders.items.");
    assert_eq!(path.column, "\"a.b\"->>c");
    assert_eq!(table_path("my items.x:y").unwrap(), "my items.\"x:y\"");
    assert!(table_path("a->b").is_err());
    assert!(table_path("").is_err());
}

#[test]
fn lists_and_orders() {
    assert_eq!(name_list("a, b,\"c,d\"").unwrap(), "a,b,\"c,d\"");
    assert_eq!(name_list("a.b").unwrap(), "\"a.b\"");
    for list in ["", "a,", ",a", "\"a,b"] {
        assert!(name_list(list).is_err(), "{list}");
    }
    assert_eq!(order_term("customers(name)").unwrap(), "customers(name)");
    assert_eq!(order_term("\"a(b\"").unwrap(), "\"a(b\"");
    assert_eq!(order_term("a)").unwrap(), "\"a)\"");
    for term in [
        "a(", "(a)", "a(b)c", "a(b.c)", "a(b,c)", "a,b", "a.desc", "\"a",
    ] {
        assert!(order_term(term).is_err(), "{term}");
    }
}
