//! A value or a name stays a single one, whatever it contains.

use proptest::prelude::*;
use serde_json::json;

use super::super::operator::{read_list, read_quoted};
use super::super::value::push_list_element;
use super::super::{Order, column, identifier};
use super::{parameters, request, table, todos};

/// Text with many characters that have a meaning in a URL or in PostgREST.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\""),
        Just("\\"),
        Just(","),
        Just("("),
        Just(")"),
        Just("{"),
        Just("}"),
        Just(" "),
        Just("&"),
        Just("="),
        Just("#"),
        Just("?"),
        Just("/"),
        Just("%"),
        Just("%2F"),
        Just("."),
        Just(".."),
        Just("+"),
        Just("\n"),
        Just("\t"),
        Just(";"),
        Just("a"),
        Just("é"),
        Just("日"),
        Just("->"),
        Just("select"),
        Just("order"),
        Just("null"),
        Just("\u{1f469}"),
        Just("@"),
        Just(":"),
        Just("://evil.test"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        any::<String>()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_list_is_read_as_it_was_written(values in prop::collection::vec(nasty(), 1..6)) {
        let mut list = String::from("(");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                list.push(',');
            }
            push_list_element(&mut list, value);
        }
        list.push(')');
        prop_assert_eq!(read_list(&list), Some(values), "{}", list);
    }

    #[test]
    fn nothing_escapes_its_place(name in nasty(), column in nasty(), value in nasty()) {
        let query = table(&name).select("*").eq(&column, &value).in_("id", [&value]);
        let Ok(request) = request(query) else {
            let refused = name.is_empty() || name == "." || name == ".."
                || name.contains(|c: char| c.is_control()) || column.trim_matches([' ', '\t']).is_empty()
                || column.contains(['.', '"']) || column.contains("->");
            prop_assert!(refused, "refused {:?}.{:?}", name, column);
            return Ok(());
        };
        let url = request.url;
        prop_assert_eq!(url.origin().ascii_serialization(), "https://project.test");
        prop_assert_eq!(url.fragment(), None);
        let path: Vec<_> = url.path().split('/').collect();
        prop_assert_eq!(&path[..3], ["", "rest", "v1"]);
        prop_assert_eq!(path.len(), 4);
        let pairs: Vec<_> = url.query_pairs().collect();
        prop_assert_eq!(pairs.len(), 3);
        prop_assert_eq!((&*pairs[0].0, &*pairs[0].1), ("select", "*"));
        // A key without structure of its own is one name: the name of the column.
        if !column.contains(['.', '"']) && !column.contains("->") {
            let key = pairs[1].0.as_ref();
            let read = read_quoted(key).map_or(key.to_owned(), |(name, rest)| name + rest);
            prop_assert_eq!(read, column.trim_matches([' ', '\t']));
        }
        prop_assert_eq!(&*pairs[1].1, format!("eq.{value}"));
        let list = pairs[2].1.strip_prefix("in.").and_then(read_list);
        let expected = if value.is_empty() { vec![value; 2] } else { vec![value] };
        prop_assert_eq!(list, Some(expected));
    }

    #[test]
    fn a_quoted_identifier_is_one_name_everywhere(name in nasty()) {
        prop_assume!(!name.is_empty());
        let quoted = identifier(&name);
        let filters = [column(&quoted).eq(1), column(&quoted).neq(2)];
        let query = todos().eq(&quoted, 1).order(&quoted, Order::desc()).or(filters);
        let expected = [
            (quoted.clone(), "eq.1".to_owned()),
            ("order".to_owned(), format!("{quoted}.desc")),
            ("or".to_owned(), format!("({quoted}.eq.1,{quoted}.neq.2)")),
        ];
        prop_assert_eq!(parameters(query), expected);
        let upsert = table("t").upsert(json!([{ &name: 1 }])).on_conflict(&quoted);
        let expected = [("columns", &quoted), ("on_conflict", &quoted)]
            .map(|(key, value)| (key.to_owned(), value.clone()));
        prop_assert_eq!(parameters(upsert), expected);
        prop_assert_eq!(read_quoted(&quoted), Some((name, "")));
    }
}
