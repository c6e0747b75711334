//! Reads: `from(…).select(…)`.

use serde_json::{Value, json};
use supabase_task::client::{Count, Explain, Filter, Is, Order, Query, Select, TextSearch, column};

use crate::calls::Calls;
use crate::clients::Clients;

fn todos(clients: &Clients) -> Query<Select> {
    clients.user.from("todos").select("*")
}

fn t(clients: &Clients) -> Query<Select> {
    clients.user.from("t").select("*")
}

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    select_lists(&mut calls);
    comparisons(&mut calls);
    values(&mut calls);
    patterns_and_lists(&mut calls);
    collections(&mut calls);
    trees(&mut calls);
    transforms(&mut calls);
    calls
}

fn select_lists(calls: &mut Calls) {
    let lists = [
        ("select-default", "todos", "*"),
        ("select-star", "todos", "*"),
        ("select-whitespace-stripped", "todos", "id, title,\n  done"),
        (
            "select-whitespace-kept-in-quotes",
            "todos",
            "id, \"my col\", done",
        ),
        (
            "select-alias-cast-json",
            "todos",
            "key:id, amount::text, meta->address->>city",
        ),
        (
            "select-embed-hint-spread",
            "orders",
            "id, billing:addresses!orders_billing_fkey(city), ...customers(name)",
        ),
        ("select-aggregate", "orders", "amount.sum(), status"),
        ("select-unicode-column", "todos", "\"naïve col\",\"日本\""),
        ("table-with-space", "my table", "*"),
        ("table-unicode", "tâche", "*"),
        ("throwOnError-noop", "t", "id"),
    ];
    for (name, table, columns) in lists {
        calls.rows(name, |c| c.user.from(table).select(columns));
    }
    calls.rows("select-count-planned", |c| todos(c).count(Count::Planned));
    calls.rows("select-count-estimated", |c| {
        todos(c).count(Count::Estimated)
    });
    calls.call("select-head-count", |c| todos(c).count(Count::Exact).head());
    calls.rows("schema-client", |c| {
        c.user.schema("custom").from("todos").select("*")
    });
    calls.call("schema-method-write", |c| {
        let todos = c.user.schema("private").from("todos");
        todos.insert(json!({ "title": "a" }))
    });
}

fn comparisons(calls: &mut Calls) {
    calls.rows("eq-number", |c| todos(c).eq("id", 42));
    calls.rows("neq-number", |c| todos(c).neq("id", 42));
    calls.rows("gte-number", |c| todos(c).gte("id", 42));
    calls.rows("lt-number", |c| todos(c).lt("id", 42));
    calls.rows("lte-number", |c| todos(c).lte("id", 42));
    calls.rows("eq-float", |c| todos(c).eq("n", 1.5));
    calls.rows("eq-bool", |c| todos(c).eq("done", true));
    calls.rows("eq-empty-string", |c| todos(c).eq("title", ""));
    calls.rows("eq-null-string", |c| todos(c).eq("title", "null"));
    calls.rows("neq-nasty-comma", |c| todos(c).neq("title", "a,b"));
    calls.rows("two-filters-same-column", |c| {
        todos(c).gte("id", 1).lte("id", 9)
    });
    calls.rows("two-equal-filters", |c| {
        todos(c).neq("id", 1).neq("id", 2).neq("id", 1)
    });
    calls.rows("filter-on-json-path", |c| {
        todos(c).eq("meta->address->>city", "Oslo")
    });
    calls.rows("filter-column-space", |c| todos(c).eq("my col", 1));
    calls.rows("filter-column-quoted-dot", |c| todos(c).eq("\"a.b\"", 1));
    calls.rows("is-null", |c| todos(c).is("done", Is::Null));
    calls.rows("is-true", |c| todos(c).is("done", true));
    calls.rows("not-is-null", |c| todos(c).not("done", "is", "null"));
    calls.rows("isDistinct", |c| todos(c).is_distinct("title", "a"));
    calls.rows("isDistinct-null", |c| todos(c).is_distinct("title", "null"));
    calls.rows("match-undefined-skipped", |c| {
        t(c).match_(&json!({ "a": 1 }))
    });
    calls.rows("match-null", |c| t(c).match_(&json!({ "a": null })));
    calls.rows("not-eq", |c| t(c).not("a", "eq", "x y"));
    calls.rows("filter-not-raw", |c| t(c).filter("title", "not.eq", "a"));
    calls.rows("filter-any-modifier", |c| {
        t(c).filter("title", "eq(any)", "{a,b}")
    });
}

fn values(calls: &mut Calls) {
    let values = [
        ("eq-nasty-comma", "a,b"),
        ("eq-nasty-dot", "a.b"),
        ("eq-nasty-parens", "f(x)"),
        ("eq-nasty-quote", "say \"hi\""),
        ("eq-nasty-backslash", "a\\b"),
        ("eq-nasty-percent", "100%"),
        ("eq-nasty-percent-escape", "%41%2C"),
        ("eq-nasty-space", "a b"),
        ("eq-nasty-plus", "a+b"),
        ("eq-nasty-amp", "a&b=c"),
        ("eq-nasty-hash", "a#b"),
        ("eq-nasty-slash", "a/b"),
        ("eq-nasty-star", "a*b"),
        ("eq-nasty-semicolon", "a;b"),
        ("eq-nasty-lt", "<b>"),
        ("eq-nasty-newline", "a\nb"),
        ("eq-nasty-tab", "a\tb"),
        ("eq-nasty-emoji", "👩\u{200d}👩\u{200d}👧"),
        ("eq-nasty-braces", "{a,b}"),
        ("eq-nasty-brackets", "[1,2]"),
        ("eq-nasty-tilde", "a~b"),
        ("eq-nasty-bang", "a!b"),
        ("eq-nasty-inject", "x&user_id=neq.1"),
        ("eq-nasty-dquoted", "\"quoted\""),
        ("eq-nasty-equals", "a=b"),
    ];
    for (name, value) in values {
        calls.rows(name, move |c| todos(c).eq("title", value));
    }
}

fn patterns_and_lists(calls: &mut Calls) {
    calls.rows("like-percent", |c| todos(c).like("title", "%a_b%"));
    calls.rows("like-escaped-percent", |c| todos(c).like("title", "100\\%"));
    calls.rows("ilike", |c| todos(c).ilike("title", "%A b,c%"));
    calls.rows("likeAllOf", |c| {
        todos(c).like_all_of("title", ["%a%", "%b%"])
    });
    calls.rows("ilikeAllOf", |c| {
        todos(c).ilike_all_of("title", ["%a%", "%b%"])
    });
    calls.rows("ilikeAnyOf", |c| {
        todos(c).ilike_any_of("title", ["%a%", "%b%"])
    });
    calls.rows("likeAnyOf-comma", |c| {
        todos(c).like_any_of("title", ["%a,b%", "%c%"])
    });
    calls.rows("regexIMatch", |c| todos(c).regex_imatch("title", "^A|B$"));

    let lists: [(_, &'static [&'static str]); 10] = [
        ("in-strings", &["a", "b"]),
        ("in-single-empty-string", &[""]),
        ("in-comma", &["a,b", "c"]),
        ("in-parens", &["f(x)", "c"]),
        ("in-dot-colon-space", &["a.b", "a:b", "a b"]),
        ("in-leading-quote", &["\"q\"", "c"]),
        ("in-quote-comma", &["a\",b", "c"]),
        ("in-backslash", &["a\\b", "c"]),
        ("in-inject", &["x\",\"y"]),
        ("in-unicode", &["日本", "é"]),
    ];
    for (name, list) in lists {
        calls.rows(name, move |c| todos(c).in_("title", list));
    }
    calls.rows("in-dedupes", |c| todos(c).in_("id", [1, 1, 2]));
    calls.rows("in-empty", |c| todos(c).in_("id", [0_i32; 0]));
    calls.rows("in-bool-null", |c| {
        todos(c).in_("done", ["true", "false", "null"])
    });
    calls.rows("notIn-comma", |c| todos(c).not_in("title", ["a,b", "c"]));
    calls.rows("not-in-raw", |c| todos(c).not("id", "in", "(1,2)"));
}

fn collections(calls: &mut Calls) {
    calls.rows("contains-array", |c| t(c).contains("tags", ["a", "b"]));
    calls.rows("contains-array-comma", |c| {
        t(c).contains("tags", ["a,b", "c"])
    });
    calls.rows("contains-json", |c| {
        t(c).contains("meta", json!({ "a": 1, "b": { "c": "x,y" } }))
    });
    calls.rows("contains-range", |c| {
        t(c).contains("during", "[2026-01-01 12:00, 2026-01-01 13:00)")
    });
    calls.rows("containedBy-array", |c| {
        t(c).contained_by("tags", ["a", "b"])
    });
    calls.rows("containedBy-json", |c| {
        t(c).contained_by("meta", json!({ "a": "é" }))
    });
    calls.rows("containedBy-range", |c| {
        t(c).contained_by("during", "(1,5]")
    });
    calls.rows("overlaps-range", |c| t(c).overlaps("during", 1..5));
    calls.rows("not-cs", |c| t(c).not("tags", "cs", "{a,b}"));
    let range = "[2026-01-02 12:00, 2026-01-02 13:00)";
    calls.rows("rangeGt", move |c| t(c).range_gt("during", range));
    calls.rows("rangeGte", move |c| t(c).range_gte("during", range));
    calls.rows("rangeLte", move |c| t(c).range_lte("during", range));
    calls.rows("rangeAdjacent", move |c| {
        t(c).range_adjacent("during", range)
    });

    let searches = [
        ("textSearch-default", "'fat' & 'cat'", TextSearch::new()),
        (
            "textSearch-plain",
            "fat cat",
            TextSearch::plain().config("english"),
        ),
        ("textSearch-phrase", "fat cat", TextSearch::phrase()),
        (
            "textSearch-websearch",
            "\"fat cat\" or -dog",
            TextSearch::websearch().config("english"),
        ),
    ];
    for (name, query, search) in searches {
        calls.rows(name, move |c| t(c).text_search("fts", query, search));
    }
}

fn trees(calls: &mut Calls) {
    calls.rows("or", |c| {
        t(c).or([column("id").eq(2), column("title").eq("a")])
    });
    calls.rows("or-nested", |c| {
        // A tree with one filter is sent as that filter alone, so this one is raw.
        t(c).or_raw("id.gt.2,and(title.eq.a,done.is.true),not.and(id.eq.1)")
    });
    calls.rows("or-unicode", |c| {
        t(c).or([column("title").eq("日本"), column("title").like("*é*")])
    });
    calls.rows("or-referenced-table", |c| {
        let orders = c.user.from("orders").select("id, customers(name)");
        orders.referenced_table("customers", |customers| {
            customers.or([column("name").eq("a"), column("name").eq("b")])
        })
    });
    calls.rows("or-twice", |c| {
        let either =
            |one: &str, other: &str, from: i32| [column(one).eq(from), column(other).eq(from + 1)];
        t(c).or(either("a", "b", 1))
            .or([Filter::any(either("c", "d", 3))])
    });
}

fn transforms(calls: &mut Calls) {
    fn orders(clients: &Clients) -> Query<Select> {
        clients.user.from("orders").select("id, items(sku)")
    }

    calls.rows("order-asc", |c| t(c).order("id", Order::asc()));
    calls.rows("order-nullsfirst", |c| {
        t(c).order("id", Order::asc().nulls_first())
    });
    calls.rows("order-desc-nullslast", |c| {
        t(c).order("id", Order::desc().nulls_last())
    });
    calls.rows("order-two", |c| {
        t(c).order("a", Order::asc()).order("b", Order::desc())
    });
    calls.rows("order-referenced", |c| {
        orders(c).referenced_table("items", |items| items.order("sku", Order::desc()))
    });
    calls.rows("limit", |c| t(c).limit(10));
    calls.rows("limit-zero", |c| t(c).limit(0));
    calls.rows("limit-referenced", |c| {
        orders(c).referenced_table("items", |items| items.limit(1))
    });
    calls.rows("range", |c| t(c).range(10, 19));
    calls.rows("range-single", |c| t(c).range(0, 0));
    calls.rows("range-after-limit", |c| t(c).limit(5).range(2, 3));
    calls.call("single", |c| t(c).eq("id", 1).single::<Value>());
    calls.call("maybeSingle", |c| t(c).eq("id", 1).maybe_single::<Value>());
    calls.call("csv", |c| t(c).csv());
    calls.call("geojson", |c| t(c).geojson::<Value>());
    calls.call("explain", |c| t(c).explain(Explain::new()));
    calls.call("explain-single", |c| {
        t(c).explain(Explain::new().single().analyze())
    });
    calls.rows("stripNulls", |c| t(c).strip_nulls());
    calls.call("stripNulls-single", |c| {
        t(c).strip_nulls().single::<Value>()
    });
    calls.rows("setHeader", |c| t(c).set_header("X-Custom", "v"));
}
