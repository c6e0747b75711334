//! The output for various databases. The tests crate compiles a whole module.

use proptest::prelude::*;
use syn::punctuated::Punctuated;
use unicode_normalization::UnicodeNormalization as _;

use super::super::catalog::{
    Argument, Arguments, Catalog, Column, Enum, Function, Many, Name, OnInsert, Relation, Returns,
    Schema, Type,
};
use super::super::overrides::{Override, Overrides};
use super::module;

fn builtin(name: &str) -> Type {
    Type::Builtin(name.to_owned())
}

fn column(name: &str, r#type: Type, on_insert: OnInsert) -> Column {
    Column {
        name: name.to_owned(),
        comment: None,
        r#type,
        is_nullable: false,
        on_insert,
        is_updatable: on_insert != OnInsert::Never,
    }
}

fn table(name: &str, columns: Vec<Column>) -> Relation {
    Relation {
        name: name.to_owned(),
        comment: None,
        is_view: false,
        columns,
        is_insertable: true,
        is_updatable: true,
    }
}

fn schema(name: &str, relations: Vec<Relation>) -> Schema {
    Schema {
        name: name.to_owned(),
        relations,
        ..Schema::default()
    }
}

fn rendered(schemas: Vec<Schema>) -> String {
    rendered_with(schemas, &[])
}

fn rendered_with(schemas: Vec<Schema>, overrides: &[&str]) -> String {
    let catalog = Catalog {
        schemas,
        left_out: Vec::new(),
    };
    let overrides: Overrides = overrides
        .iter()
        .map(|text| text.parse::<Override>().unwrap())
        .collect();
    module(&catalog.sorted(), &overrides)
}

#[track_caller]
fn assert_has(text: &str, part: &str) {
    assert!(text.contains(part), "there is no\n{part}\nin\n{text}");
}

#[test]
fn the_order_in_which_things_come_does_not_matter() {
    let [a, b] = ["a", "b"].map(|name| table(name, Vec::new()));
    let one = rendered(vec![schema("public", vec![a.clone(), b.clone()])]);
    let other = rendered(vec![schema("public", vec![b, a])]);
    assert_eq!(one, other);
}

#[test]
fn an_empty_database_is_a_module_too() {
    let text = rendered(vec![schema("public", Vec::new())]);
    assert!(text.starts_with("// Made by `supabase-task gen types`; do not edit.\n\n//! "));
    assert!(text.ends_with("\n)]\n"));
}

#[test]
fn what_the_database_writes_is_in_no_insert_and_no_update() {
    let columns = vec![
        column("id", builtin("int8"), OnInsert::Never),
        column("title", builtin("text"), OnInsert::Required),
    ];
    let text = rendered(vec![schema("public", vec![table("todos", columns)])]);
    assert_has(
        &text,
        "pub struct Todos {\n    pub id: i64,\n    pub title: String,\n}",
    );
    assert_has(&text, "pub struct TodosInsert {\n    pub title: String,\n}");
    assert_has(
        &text,
        "pub struct TodosUpdate {\n    \
         #[serde(default, skip_serializing_if = \"Option::is_none\")]\n    \
         pub title: Option<String>,\n}",
    );
    assert_has(
        &text,
        "    pub fn new(title: impl Into<String>) -> Self {\n        Self {\n            \
         title: title.into(),\n        }\n    }\n",
    );
}

#[test]
fn names_that_become_the_same_are_numbered() {
    let names = ["todo_items", "todoItems", "todos", "todos_insert"];
    let tables = names.map(|name| table(name, Vec::new())).to_vec();
    let text = rendered(vec![schema("public", tables)]);
    for name in [
        "TodoItems",
        "TodoItems2",
        "Todos",
        "TodosInsert",
        "TodosInsert2",
        "TodosInsertInsert",
    ] {
        assert_has(&text, &format!("pub struct {name} {{"));
    }
}

#[test]
fn a_type_of_another_schema_has_its_path_or_is_any() {
    let mood = Type::Enum(Name::new("shared", "mood"));
    let tables = vec![table(
        "todos",
        vec![column("mood", mood, OnInsert::Optional)],
    )];
    let mut shared = schema("shared", Vec::new());
    shared.enums.push(Enum {
        name: "mood".to_owned(),
        comment: None,
        labels: vec!["happy".to_owned()],
    });
    let both = rendered(vec![schema("public", tables.clone()), shared]);
    assert_has(&both, "pub mood: super::shared::Mood,");
    let alone = rendered(vec![schema("public", tables)]);
    assert_has(&alone, "pub mood: String,");
}

#[test]
fn a_numeric_is_text_in_columns_and_exact_elsewhere() {
    let numeric = || builtin("numeric");
    let columns = vec![
        column("price", numeric(), OnInsert::Required),
        column(
            "prices",
            Type::Array(Box::new(numeric())),
            OnInsert::Required,
        ),
    ];
    let mut public = schema("public", vec![table("todos", columns)]);
    public.functions.push(Function {
        name: "sum".to_owned(),
        comment: None,
        arguments: Arguments::Named(vec![Argument {
            name: "at_least".to_owned(),
            r#type: numeric(),
            has_default: false,
        }]),
        returns: Returns::Value(numeric(), Many::Set),
    });
    let text = rendered(vec![public.clone()]);
    assert_has(
        &text,
        "    #[row(cast = \"text\")]\n    pub price: String,\n",
    );
    assert_has(
        &text,
        "    pub prices: Vec<supabase_task::client::types::Numeric>,\n",
    );
    assert_has(&text, "    pub at_least: String,\n");
    assert_has(
        &text,
        "type Returns = Vec<supabase_task::client::types::Numeric>;",
    );

    let text = rendered_with(vec![public.clone()], &["numeric=f64"]);
    assert_has(
        &text,
        "{\n    pub price: f64,\n    pub prices: Vec<f64>,\n}",
    );
    let text = rendered_with(vec![public], &["numeric::text=Decimal"]);
    assert_has(
        &text,
        "    #[row(cast = \"text\")]\n    pub price: Decimal,\n",
    );
}

#[test]
fn a_table_without_columns_has_rows_without_fields() {
    let mut view = table("all_of_it", Vec::new());
    (view.is_insertable, view.is_updatable) = (false, false);
    let text = rendered(vec![schema(
        "public",
        vec![table("nothing", Vec::new()), view],
    )]);
    assert_has(
        &text,
        "pub struct Nothing {}\n\nimpl supabase_task::client::Row for Nothing {\n",
    );
    assert_has(&text, "    const TABLE: &'static str = \"nothing\";\n");
    assert_has(&text, "    const SCHEMA: &'static str = \"public\";\n");
    assert_has(&text, "pub struct NothingInsert {}\n");
    assert_has(&text, "pub struct AllOfIt {}\n");
    assert!(
        !text.contains("supabase_task::Row)") && !text.contains("AllOfItInsert"),
        "{text}"
    );
    assert!(!text.contains("NothingUpdate"), "{text}");
}

#[test]
fn a_letter_of_two_characters_keeps_them_in_the_name_that_is_sent() {
    let columns = ["e\u{301}", "\u{e9}"]
        .map(|name| column(name, builtin("text"), OnInsert::Required))
        .to_vec();
    let text = rendered(vec![schema("public", vec![table("cafe\u{301}", columns)])]);
    assert_has(
        &text,
        "#[row(table = \"cafe\u{301}\", schema = \"public\")]\npub struct Caf\u{e9} {\n",
    );
    assert_has(
        &text,
        "    #[serde(rename = \"e\u{301}\")]\n    pub \u{e9}2: String,\n    pub \u{e9}: String,\n",
    );
}

#[test]
fn labels_of_any_kind_are_variants() {
    let mut public = schema("public", Vec::new());
    public.enums.push(Enum {
        name: "odd".to_owned(),
        comment: Some("An odd one.".to_owned()),
        labels: ["Same", "same", "\"", "self"].map(str::to_owned).to_vec(),
    });
    public.enums.push(Enum {
        name: "void".to_owned(),
        comment: None,
        labels: Vec::new(),
    });
    let text = rendered(vec![public]);
    assert_has(
        &text,
        "pub enum Odd {\n    Same,\n    #[serde(rename = \"same\")]\n    Same2,\n    \
         #[serde(rename = \"\\\"\")]\n    Unnamed,\n    #[serde(rename = \"self\")]\n    Self2,\n}",
    );
    assert_has(&text, "/// An odd one.\n");
    assert_has(&text, "            Self::Unnamed => \"\\\"\",\n");
    assert_has(&text, "pub enum Void {}\n");
    assert_has(&text, "        match *self {}\n");
}

/// Names and comments: of any characters, and of those that mean something in Rust.
fn any_text() -> impl Strategy<Value = String> {
    let special = [
        "self",
        "Self",
        "crate",
        "type",
        "gen",
        "_",
        "a_b",
        "aB",
        "A b",
        "é",
        "1",
        "\"",
        "\\",
        "#",
        "\n",
        "\r",
        "*/",
        "```",
        "{",
        "\u{202e}",
        "\0",
        "$",
        "'",
        "Option",
        "\u{e9}",
        "e\u{301}",
        "\u{301}",
        "\u{1f980}",
        "\u{212b}",
        "\u{17f}elf",
        "\u{130}",
        "new",
        "async",
        "str",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(special.to_vec()), 0..4)
            .prop_map(|parts| parts.concat()),
    ]
}

fn any_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any_text(), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_names_and_comments_are_the_module_is_rust(
        schema_names in any_texts(),
        names in any_texts(),
        comment in any_text(),
    ) {
        let comment = Some(comment);
        let mut public = schema("public", Vec::new());
        for name in &names {
            let columns = names.iter().map(|name| Column {
                comment: comment.clone(),
                ..column(name, builtin("text"), OnInsert::Required)
            });
            public.relations.push(Relation {
                comment: comment.clone(),
                ..table(name, columns.collect())
            });
            public.enums.push(Enum {
                name: name.clone(),
                comment: comment.clone(),
                labels: names.clone(),
            });
            let arguments = names.iter().map(|name| Argument {
                name: name.clone(),
                r#type: Type::Enum(Name::new("public", name)),
                has_default: true,
            });
            public.functions.push(Function {
                name: name.clone(),
                comment: comment.clone(),
                arguments: Arguments::Named(arguments.collect()),
                returns: Returns::Value(Type::Row(Name::new("public", name)), Many::Set),
            });
        }
        // A second schema, so that each is a module.
        let mut schemas = vec![public, schema("other", Vec::new())];
        schemas.extend(schema_names.iter().map(|name| Schema {
            comment: comment.clone(),
            ..schema(name, Vec::new())
        }));

        let text = rendered(schemas);

        let file = syn::parse_file(&text);
        prop_assert!(file.is_ok(), "{}\n{text}", file.err().unwrap());
        let items = file.unwrap().items;
        assert_no_name_twice(&items);
        assert_names_are_exact(&items, &names);
    }
}

/// Asserts that values are sent and read under the database's names, whatever the identifiers are.
fn assert_names_are_exact(items: &[syn::Item], names: &[String]) {
    let Some(syn::Item::Mod(public)) = items.iter().find(|item| is_module(item, "public")) else {
        panic!("no module");
    };
    let (_, items) = public.content.as_ref().unwrap();
    let sorted = {
        let mut sorted = names.to_vec();
        sorted.sort();
        sorted
    };
    let (mut tables, mut functions) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            syn::Item::Struct(item) => {
                tables.extend(attribute(&item.attrs, "row", "table"));
                let fields: Vec<String> = item
                    .fields
                    .iter()
                    .map(|field| sent(&field.attrs, field.ident.as_ref().unwrap()))
                    .collect();
                assert_eq!(fields, names, "{}", item.ident);
            }
            syn::Item::Enum(item) => {
                let labels: Vec<String> = item
                    .variants
                    .iter()
                    .map(|variant| sent(&variant.attrs, &variant.ident))
                    .collect();
                assert_eq!(labels, names, "{}", item.ident);
            }
            syn::Item::Impl(item) => {
                functions.extend(item.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Const(item) if item.ident == "NAME" => text_of(&item.expr),
                    _ => None,
                }))
            }
            _ => {}
        }
    }
    assert_eq!(tables, sorted);
    assert_eq!(functions, sorted);
}

fn is_module(item: &syn::Item, name: &str) -> bool {
    matches!(item, syn::Item::Mod(item) if item.ident == name)
}

/// serde's name for a field or a variant. rustc composes the letters of an identifier.
fn sent(attributes: &[syn::Attribute], identifier: &syn::Ident) -> String {
    let identifier = identifier.to_string();
    let identifier = identifier.strip_prefix("r#").unwrap_or(&identifier);
    let composed: String = identifier.nfc().collect();
    assert_eq!(identifier, composed);
    attribute(attributes, "serde", "rename").unwrap_or(composed)
}

/// `VALUE` of `#[ATTRIBUTE(KEY = "VALUE")]`.
fn attribute(attributes: &[syn::Attribute], attribute: &str, key: &str) -> Option<String> {
    attributes
        .iter()
        .filter(|given| given.path().is_ident(attribute))
        .filter_map(|given| {
            let list = Punctuated::<syn::MetaNameValue, syn::Token![,]>::parse_terminated;
            given.parse_args_with(list).ok()
        })
        .flatten()
        .find(|given| given.path.is_ident(key))
        .and_then(|given| text_of(&given.value))
}

fn text_of(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// Types of a module, fields of a struct and variants of an enum.
fn assert_no_name_twice(items: &[syn::Item]) {
    let mut types = std::collections::HashSet::new();
    // A raw identifier is the same name.
    let mut is_new = |name: String| {
        let name = name.replace("r#", "");
        assert!(types.insert(name.clone()), "`{name}` twice")
    };
    for item in items {
        let mut of_type = std::collections::HashSet::new();
        match item {
            syn::Item::Struct(item) => {
                is_new(item.ident.to_string());
                for field in &item.fields {
                    let name = field.ident.as_ref().map(ToString::to_string);
                    assert!(
                        of_type.insert(name.clone()),
                        "{}: {name:?} twice",
                        item.ident
                    );
                }
            }
            syn::Item::Enum(item) => {
                is_new(item.ident.to_string());
                for variant in &item.variants {
                    let name = Some(variant.ident.to_string());
                    assert!(
                        of_type.insert(name.clone()),
                        "{}: {name:?} twice",
                        item.ident
                    );
                }
            }
            syn::Item::Mod(item) => {
                is_new(format!("mod {}", item.ident));
                if let Some((_, items)) = &item.content {
                    assert_no_name_twice(items);
                }
            }
            _ => {}
        }
    }
}
