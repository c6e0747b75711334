//! Writes a text as an SQL literal, for several statements in one message, which can have no parameters.

/// Writes `text` as a literal that means the same whatever `standard_conforming_strings` is.
///
/// A NUL, which no text of PostgreSQL can hold, is left out: it would end the message.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 8);
    literal.push_str("E'");
    for character in text.chars() {
        match character {
            '\0' => {}
            '\'' => literal.push_str("''"),
            '\\' => literal.push_str(r"\\"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::literal;

    #[test]
    fn quotes_and_backslashes_are_doubled() {
        assert_eq!(literal(r"it's \ ok"), r"E'it''s \\ ok'");
        assert_eq!(literal("a\0b"), "E'ab'");
    }

    proptest! {
        /// Read as PostgreSQL reads it, a literal ends where it ends, and means its text.
        #[test]
        fn a_literal_reads_back(text in any::<String>()) {
            let literal = literal(&text);
            let mut inside = literal.strip_prefix("E'").unwrap().chars();
            let mut read = String::new();
            loop {
                match inside.next().unwrap() {
                    '\\' => read.push(inside.next().unwrap()),
                    '\'' => match inside.next() {
                        Some(next) => {
                            prop_assert_eq!(next, '\'');
                            read.push('\'');
                        }
                        None => break,
                    },
                    other => read.push(other),
                }
            }
            prop_assert_eq!(read, text.replace('\0', ""));
        }
    }
}
