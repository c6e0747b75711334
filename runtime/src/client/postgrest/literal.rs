//! Literals of PostgreSQL's arrays and ranges.

use std::ops::Bound;

use super::value::FilterValue;

/// `{…}`, an array literal that is being written.
pub(super) struct ArrayLiteral<'a> {
    text: &'a mut String,
    empty: bool,
}

impl<'a> ArrayLiteral<'a> {
    pub(super) fn begin(text: &'a mut String) -> Self {
        text.push('{');
        Self { text, empty: true }
    }

    /// Appends an element that is one value.
    pub(super) fn push(&mut self, element: &str) {
        self.separate();
        let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || is_blank(c);
        if element.is_empty() || element.eq_ignore_ascii_case("null") || element.contains(special) {
            super::value::push_quoted(self.text, element);
        } else {
            self.text.push_str(element);
        }
    }

    /// Appends an element that is NULL.
    pub(super) fn push_null(&mut self) {
        self.separate();
        self.text.push_str("NULL");
    }

    /// Appends an element that is an array: `write` appends its literal.
    pub(super) fn push_array<T>(&mut self, write: impl FnOnce(&mut String) -> T) -> T {
        self.separate();
        write(self.text)
    }

    pub(super) fn end(self) {
        self.text.push('}');
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.text.push(',');
        }
    }
}

/// Appends a range literal such as `[lower,upper)`.
pub(super) fn push_range<T: FilterValue>(text: &mut String, lower: Bound<&T>, upper: Bound<&T>) {
    text.push(match lower {
        Bound::Included(_) => '[',
        Bound::Excluded(_) | Bound::Unbounded => '(',
    });
    push_bound(text, lower);
    text.push(',');
    push_bound(text, upper);
    text.push(match upper {
        Bound::Included(_) => ']',
        Bound::Excluded(_) | Bound::Unbounded => ')',
    });
}

fn push_bound<T: FilterValue>(text: &mut String, bound: Bound<&T>) {
    let (Bound::Included(value) | Bound::Excluded(value)) = bound else {
        return;
    };
    let mut bound = String::new();
    value.write_to(&mut bound);
    let special = |c: char| matches!(c, '(' | ')' | '[' | ']' | ',' | '"' | '\\') || is_blank(c);
    // Without quotes, an empty bound means no bound.
    if bound.is_empty() || bound.contains(special) {
        super::value::push_quoted(text, &bound);
    } else {
        text.push_str(&bound);
    }
}

/// PostgreSQL skips only its own kinds of white space around an element. Quoting more does no harm.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}
