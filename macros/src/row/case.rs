//! Derived names: serde's `rename_all`, and a struct's default table.

/// serde's `rename_all`, for a field name in snake case.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Unchanged,
    Upper,
    Pascal,
    Camel,
    Kebab,
    UpperKebab,
}

impl Case {
    /// As written in `rename_all = "…"`. serde reports an unknown one.
    pub(crate) fn parse(rule: &str) -> Option<Self> {
        Some(match rule {
            "lowercase" | "snake_case" => Self::Unchanged,
            "UPPERCASE" | "SCREAMING_SNAKE_CASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::UpperKebab,
            _ => return None,
        })
    }

    /// The field's name, as serde renames it.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Self::Unchanged => field.to_owned(),
            Self::Upper => field.to_ascii_uppercase(),
            Self::Pascal => pascal(field),
            Self::Camel => {
                let pascal = pascal(field);
                let mut chars = pascal.chars();
                match chars.next() {
                    Some(first) => first.to_ascii_lowercase().to_string() + chars.as_str(),
                    None => pascal,
                }
            }
            Self::Kebab => field.replace('_', "-"),
            Self::UpperKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut capital = true;
    for c in field.chars() {
        if c == '_' {
            capital = true;
        } else if capital {
            name.push(c.to_ascii_uppercase());
            capital = false;
        } else {
            name.push(c);
        }
    }
    name
}

/// The default table of a struct: `TodoItem` is read from `todo_items`.
pub(crate) fn table_of(name: &str) -> String {
    let mut table = snake_case(name);
    table.push('s');
    table
}

/// A type's name in snake case.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut table = String::with_capacity(name.len() + 4);
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let ends_acronym = before.is_some_and(char::is_uppercase)
            && chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let begins_word = before.is_some_and(|before| before != '_' && !before.is_uppercase());
        if c.is_uppercase() && (begins_word || ends_acronym) {
            table.push('_');
        }
        table.extend(c.to_lowercase());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Case, table_of};

    #[test]
    fn fields_are_renamed_as_serde_does() {
        let cases = [
            ("lowercase", "created_at", "created_at"),
            ("snake_case", "created_at", "created_at"),
            ("UPPERCASE", "created_at", "CREATED_AT"),
            ("SCREAMING_SNAKE_CASE", "created_at", "CREATED_AT"),
            ("PascalCase", "created_at", "CreatedAt"),
            ("camelCase", "created_at", "createdAt"),
            ("camelCase", "_id", "id"),
            ("kebab-case", "created_at", "created-at"),
            ("SCREAMING-KEBAB-CASE", "created_at", "CREATED-AT"),
        ];
        for (rule, field, renamed) in cases {
            let case = Case::parse(rule).expect(rule);
            assert_eq!(case.apply(field), renamed, "{rule}");
        }
        assert!(Case::parse("TitleCase").is_none());
    }

    #[test]
    fn a_table_is_its_struct_in_snake_case_with_an_s() {
        for (name, table) in [
            ("Todo", "todos"),
            ("TodoItem", "todo_items"),
            ("HTTPLog", "http_logs"),
            ("UserV2", "user_v2s"),
            ("Todo_Item", "todo_items"),
            ("Été", "étés"),
        ] {
            assert_eq!(table_of(name), table);
        }
    }
}
