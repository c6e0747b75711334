//! `#[derive(Row)]`: how its expansion reads, and that it returns for any input.

use proc_macro2::TokenStream;

use super::snapshots::assert_expansion;
use super::{count_errors, tokens};

fn expand(item: &str) -> TokenStream {
    crate::row::expand(tokens(item))
}

/// How many errors the derive reports for `item`, whose expansion must be made of items.
#[track_caller]
fn errors_in(item: &str) -> usize {
    let expanded = expand(item);
    if let Err(error) = syn::parse2::<syn::File>(expanded.clone()) {
        panic!("{item}: {error}: {expanded}");
    }
    count_errors(&expanded)
}

#[test]
fn columns() {
    assert_expansion(
        "row_with_columns",
        &expand(
            r#"pub struct Todo {
                pub id: i64,
                pub(crate) title: String,
                #[serde(rename = "unit count")] units: i32,
                #[row(column = "meta->>city")] city: Option<String>,
                #[row(cast = "text")] price: String,
                r#type: Kind,
                #[serde(skip)] local_only: u8,
            }"#,
        ),
    );
}

#[test]
fn embeds() {
    assert_expansion(
        "row_with_embeds",
        &expand(
            r#"#[row(table = "orders", schema = "crm", crate = crate::framework)]
            struct Order {
                id: i64,
                #[row(embed)] items: Vec<Item>,
                #[row(embed = "customers!orders_customer_fkey")] customer: Option<Customer>,
                note: Option<String>,
            }"#,
        ),
    );
}

#[test]
fn what_is_left_after_mistakes() {
    let item = r#"#[row(tabel = "orders")]
        struct Order<T> {
            id: T,
            #[row(colum = "made")] made: String,
            #[row(embeded)] items: Vec<Item>,
        }"#;
    assert_eq!(errors_in(item), 4);
    assert_expansion("row_with_mistakes", &expand(item));
}

#[test]
fn an_enum_becomes_a_row_without_columns() {
    assert_expansion("row_that_is_an_enum", &expand("enum Mood { Happy, Sad }"));
}

#[test]
fn each_mistake_is_one_error() {
    let options = |options: &str| format!("#[row({options})] struct Todo {{ id: i64 }}");
    let field = |options: &str| format!("struct Todo {{ #[row({options})] id: i64 }}");
    let mistakes = [
        options("table"),
        options("table ="),
        options("table = 1"),
        options("table == \"a\""),
        options("table(\"a\")"),
        options("\"todos\""),
        options("table = \"a\" schema = \"b\""),
        options("table = \"a\", table = \"b\""),
        options("schema = \" \""),
        options("crate = \"supabase_task\""),
        options("crate = framework"),
        options("tables = \"a\""),
        options("column = \"a\""),
        options("rename_all = \"camelCase\""),
        field("column = ident"),
        field("column = \"\""),
        field("column = \"a->\""),
        field("column = \"a::text\""),
        field("column = \"sum()\""),
        field("column(\"a\")"),
        field("cast"),
        field("cast = \"timestamp with time zone\""),
        field("cast = \"text[]\""),
        field("embed = \"\""),
        field("embed = \"items(sku)\""),
        field("embed = \"a:items\""),
        field("embed = \"...items\""),
        field("embed = \"items!\""),
        field("embed = items"),
        field("embed, cast = \"text\""),
        field("embed, embed"),
        field("skip"),
        field("rename = \"a\""),
        field("type = \"text\""),
        field("table = \"a\""),
        "#[row] struct Todo { id: i64 }".into(),
        "#[row = \"todos\"] struct Todo { id: i64 }".into(),
        "struct Todo { #[row] id: i64 }".into(),
        "struct Todo { #[row(embed)] todo: Todo }".into(),
        "struct Todo { #[row(embed)] todos: Vec<Self> }".into(),
        "struct Todo { #[serde(flatten)] more: More }".into(),
        "struct Todo { #[serde(skip)] #[row(cast = \"text\")] a: u8, id: i64 }".into(),
        "struct Todo { id: i64, #[serde(rename = \"id\")] other: i64 }".into(),
        "struct Todo { #[serde(skip)] id: i64 }".into(),
        "#[serde(transparent)] struct Todo { id: i64 }".into(),
        "#[serde(from = \"Other\")] struct Todo { id: i64 }".into(),
        "struct Todo {}".into(),
        "struct Todo;".into(),
        "struct Todo();".into(),
        "struct Todo(i64);".into(),
        "struct Todo<T> { id: T }".into(),
        "struct Todo<'a> { id: &'a str }".into(),
        "struct Todo<const N: usize> { id: [u8; N] }".into(),
        "struct Todo where u8: Copy { id: i64 }".into(),
        "enum Todo { A }".into(),
        "enum Todo {}".into(),
        "union Todo { a: u8 }".into(),
        "fn todo() {}".into(),
        "struct Todo {".replace('{', ""),
    ];
    for item in mistakes {
        assert_eq!(errors_in(&item), 1, "{item}");
    }
}

#[test]
fn what_is_right_is_no_error() {
    for item in [
        "struct Todo { id: i64 }",
        "struct Todo { id: i64, }",
        "#[row()] struct Todo { #[row()] id: i64 }",
        "#[row(table = \"a\",)] #[row(schema = \"b\")] struct Todo { id: i64 }",
        "#[row(table = \"my table\")] struct Todo { id: i64 }",
        "struct Todo { #[row(embed,)] items: Vec<Item> }",
        "struct Todo { #[row(embed = \"\\\"my.items\\\"!inner\")] items: Vec<Item> }",
        "struct Todo { #[row(column = \"\\\"a->b\\\"\")] a: i64 }",
        "struct Todo { #[row(column = \"größe\")] size: i64 }",
        "#[serde(rename_all(deserialize = \"camelCase\"), default = \"x\", bound(a = \"b\"))] struct Todo { id: i64 }",
        "#[serde(what is this)] struct Todo { #[serde(= 1)] id: i64 }",
        "#[doc = \"a\"] #[other(thing)] pub(in crate::a) struct Todo { /** a */ pub(super) id: [u8; { 1 + 2 }] }",
    ] {
        assert_eq!(errors_in(item), 0, "{item}");
    }
}
