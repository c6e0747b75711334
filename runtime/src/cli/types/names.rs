//! Rust identifiers for the names of a database.
//!
//! Every name has an identifier, and the same names in the same order give the same identifiers.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization as _;

/// Keywords that are identifiers only with `r#` before them: those of every edition, and those reserved
/// for later ones.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Keywords that cannot be identifiers even with `r#`.
const NEVER_RAW: &[&str] = &["self", "super", "crate"];

/// Types and traits that the generated code names without a path, and a keyword.
const TAKEN_TYPES: &[&str] = &["Into", "Option", "Self", "String", "Vec"];

/// The identifiers of one namespace, all of them different.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    taken: HashSet<String>,
    /// The next number for a name.
    next: HashMap<String, usize>,
}

impl Namespace {
    /// A namespace of types.
    pub(super) fn of_types() -> Self {
        Self::without(TAKEN_TYPES)
    }

    fn without(taken: &[&str]) -> Self {
        Self {
            taken: taken.iter().map(|&name| name.to_owned()).collect(),
            next: HashMap::new(),
        }
    }

    /// Returns `wanted`, followed by the first number that makes it unique if it is taken.
    pub(super) fn take(&mut self, wanted: String) -> String {
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let mut number = self.next.get(&wanted).copied().unwrap_or(2);
        let identifier = loop {
            let identifier = format!("{wanted}{number}");
            number += 1;
            if self.taken.insert(identifier.clone()) {
                break identifier;
            }
        };
        self.next.insert(wanted, number);
        identifier
    }
}

/// Fields or modules for `names`, in their order: snake case, raw where it is a keyword.
///
/// A name that needs no change takes its identifier before others that would become the same.
pub(super) fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut namespace = Namespace::default();
    let mut fields = vec![None; names.len()];
    for unchanged in [true, false] {
        for (field, name) in fields.iter_mut().zip(&names) {
            let wanted = snake_case(name);
            if field.is_none() && (!unchanged || wanted == *name) {
                *field = Some(namespace.take(wanted));
            }
        }
    }
    fields.into_iter().flatten().map(raw).collect()
}

/// Variants for `labels`, in their order: Pascal case.
pub(super) fn variants<'a>(labels: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut namespace = Namespace::without(&["Self"]);
    let labels = labels.into_iter().map(pascal_case);
    labels.map(|label| namespace.take(label)).collect()
}

/// serde's name for a field: without `r#`.
pub(super) fn plain(field: &str) -> &str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// `created_at` for `createdAt`, `created at` and `CREATED-AT`.
pub(super) fn snake_case(name: &str) -> String {
    let words: Vec<String> = words(name).iter().map(|word| word.to_lowercase()).collect();
    let joined = words.join("_");
    // Leading and trailing underscores are a part of the name, and often the only difference between
    // two columns.
    let leading = name.len() - name.trim_start_matches('_').len();
    let trailing = name.len() - name.trim_end_matches('_').len();
    let (leading, trailing) = ("_".repeat(leading), "_".repeat(trailing));
    let snake = match joined.as_str() {
        "" => "unnamed".to_owned(),
        _ => format!("{leading}{joined}{trailing}"),
    };
    let snake = startable(composed(&snake));
    if NEVER_RAW.contains(&snake.as_str()) {
        return snake + "_";
    }
    snake
}

/// `CreatedAt` for `created_at`.
pub(super) fn pascal_case(name: &str) -> String {
    let pascal: String = words(name).iter().map(|word| capitalized(word)).collect();
    match pascal.as_str() {
        "" => "Unnamed".to_owned(),
        _ => startable(composed(&pascal)),
    }
}

/// Composes an identifier as rustc does, which reads `e` followed by an accent as the one letter `é`: names
/// that become the same must be noticed, and serde needs the database's name.
fn composed(identifier: &str) -> String {
    identifier.nfc().collect()
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.collect::<String>() + &characters.as_str().to_lowercase()
}

/// An identifier must not start with a digit.
fn startable(name: String) -> String {
    match name.starts_with(|c| c == '_' || unicode_ident::is_xid_start(c)) {
        true => name,
        false => format!("_{name}"),
    }
}

fn raw(identifier: String) -> String {
    match KEYWORDS.contains(&identifier.as_str()) {
        true => format!("r#{identifier}"),
        false => identifier,
    }
}

/// The words of a name: they end at a character not valid in identifiers, at an underscore, before an upper
/// case letter after a lower case one, and before the last of several upper case letters (`HTTPServer`).
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (index, &c) in characters.iter().enumerate() {
        if c == '_' || !unicode_ident::is_xid_continue(c) {
            words.extend(non_empty(&mut word));
            continue;
        }
        let before = index.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(index + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|before| {
                let ends_acronym = before.is_uppercase() && after.is_some_and(|c| c.is_lowercase());
                before.is_lowercase() || before.is_numeric() || ends_acronym
            });
        if starts {
            words.extend(non_empty(&mut word));
        }
        word.push(c);
    }
    words.extend(non_empty(&mut word));
    words
}

fn non_empty(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_and_pascal_case() {
        for (name, snake, pascal) in [
            ("todos", "todos", "Todos"),
            ("todo_items", "todo_items", "TodoItems"),
            ("createdAt", "created_at", "CreatedAt"),
            ("CREATED-AT", "created_at", "CreatedAt"),
            ("First Name", "first_name", "FirstName"),
            ("HTTPServer2Log", "http_server2_log", "HttpServer2Log"),
            ("2fa", "_2fa", "_2fa"),
            ("_internal", "_internal", "Internal"),
            ("größe", "größe", "Größe"),
            ("名前", "名前", "名前"),
            ("½", "unnamed", "Unnamed"),
            ("a$b.c", "a_b_c", "ABC"),
            ("self", "self_", "Self"),
            ("", "unnamed", "Unnamed"),
            ("🦀", "unnamed", "Unnamed"),
            ("cafe\u{301} noir", "café_noir", "CaféNoir"),
            ("\u{301}", "_\u{301}", "_\u{301}"),
            ("\u{212a}", "k", "K"),
        ] {
            assert_eq!(snake_case(name), snake, "{name}");
            assert_eq!(pascal_case(name), pascal, "{name}");
        }
    }

    #[test]
    fn keywords_are_raw_and_those_that_cannot_be_get_an_underscore() {
        let names = ["type", "match", "gen", "self", "Self", "super", "union"];
        let expected = [
            "r#type", "r#match", "r#gen", "self_", "self_2", "super_", "union",
        ];
        assert_eq!(fields(names), expected);
        assert_eq!(plain("r#type"), "type");
        // With a number at its end, it is not a keyword.
        let names = ["type", "TYPE", "type2"];
        assert_eq!(fields(names), ["r#type", "type3", "type2"]);
    }

    #[test]
    fn an_unchanged_name_wins_and_clashes_are_numbered_in_order() {
        let names = ["createdAt", "created_at", "Created At", "created_at2"];
        let expected = ["created_at3", "created_at", "created_at4", "created_at2"];
        assert_eq!(fields(names), expected);
        assert_eq!(
            variants(["a", "A", "self", "", "?"]),
            ["A", "A2", "Self2", "Unnamed", "Unnamed2"]
        );
    }

    #[test]
    fn an_accent_behind_its_letter_is_the_letter_with_the_accent() {
        assert_eq!(fields(["e\u{301}", "é"]), ["é2", "é"]);
        assert_eq!(variants(["e\u{301}", "é"]), ["É", "É2"]);
    }

    #[test]
    fn types_of_the_prelude_are_taken() {
        let mut types = Namespace::of_types();
        assert_eq!(types.take(pascal_case("option")), "Option2");
        assert_eq!(types.take(pascal_case("options")), "Options");
        assert_eq!(types.take(pascal_case("into")), "Into2");
    }
}
