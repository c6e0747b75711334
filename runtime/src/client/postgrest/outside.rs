//! Text outside of double quotes.

/// The characters of a text that stand outside of double quotes. `\"` does not end a quoted part.
pub(super) struct Outside<'a> {
    chars: std::str::CharIndices<'a>,
    quoted: bool,
}

impl<'a> Outside<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            chars: text.char_indices(),
            quoted: false,
        }
    }
}

impl Iterator for Outside<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (index, c) = self.chars.next()?;
            match c {
                '"' => self.quoted = !self.quoted,
                '\\' if self.quoted => drop(self.chars.next()),
                _ if self.quoted => {}
                _ => return Some((index, c)),
            }
        }
    }
}

/// Returns `columns` without the white space outside of double quotes.
pub(super) fn without_blanks(columns: &str) -> String {
    if !columns.contains(char::is_whitespace) {
        return columns.to_owned();
    }
    let mut kept = String::with_capacity(columns.len());
    let mut next = 0;
    for (index, c) in Outside::new(columns) {
        if c.is_whitespace() {
            kept.push_str(&columns[next..index]);
            next = index + c.len_utf8();
        }
    }
    kept.push_str(&columns[next..]);
    kept
}
