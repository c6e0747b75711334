//! The nesting depth of JSON.

/// Returns how many levels deep the arrays and objects of a JSON text are nested: 0 for a number, 1 for
/// `[]`, 2 for `[{}]`.
///
/// Scans the text without parsing it: a parser would reach its depth limit, or the end of its stack,
/// before it could report the depth.
pub(super) fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Skips the rest of a string, in which brackets are text.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn levels_are_counted_at_the_deepest_place() {
        for (json, levels) in [
            ("", 0),
            ("7", 0),
            ("\"[[[\"", 0),
            ("[]", 1),
            ("{}", 1),
            ("[[],[[]],[]]", 3),
            (r#"{"a":[{"b":1}]}"#, 3),
            (r#"["\"[", "\\", ["\\\""]]"#, 2),
            (r#"{"[[[[":"]]]]"}"#, 1),
        ] {
            assert_eq!(nesting(json), levels, "{json}");
        }
    }

    #[test]
    fn what_is_deeper_than_any_stack_is_counted() {
        let levels = 1_000_000;
        let json = "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(nesting(&json), levels);
    }

    fn levels_of(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(levels_of).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(levels_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            r#"[\[\]{}"\\]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(8, 64, 4, |inner| {
            let keys = r#"[a\[\]{}"\\]{0,3}"#;
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(keys, inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_scanner_and_a_parser_count_the_same(value in json()) {
            prop_assert_eq!(nesting(&value.to_string()), levels_of(&value));
        }

        #[test]
        fn no_text_is_too_strange_for_it(text in any::<String>()) {
            nesting(&text);
        }
    }
}
