//! Joins the parts of a select list at compile time: a row's own columns, and those of the rows it
//! embeds. Called by `#[derive(Row)]`.

/// Returns the total length of `parts`.
pub const fn length(parts: &[&str]) -> usize {
    let mut length = 0;
    let mut part = 0;
    while part < parts.len() {
        length += parts[part].len();
        part += 1;
    }
    length
}

/// Joins `parts`. `N` is their [`length`].
pub const fn join<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut joined = [0; N];
    let mut end = 0;
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            joined[end] = bytes[byte];
            end += 1;
            byte += 1;
        }
        part += 1;
    }
    joined
}

/// Returns the output of [`join`] as text.
pub const fn text(joined: &[u8]) -> &str {
    match core::str::from_utf8(joined) {
        Ok(text) => text,
        // Joined UTF-8 is always valid.
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{join, length, text};

    const PARTS: &[&str] = &["id,kunde(", "", "größe", ")"];
    const JOINED: [u8; length(PARTS)] = join(PARTS);

    #[test]
    fn the_parts_follow_each_other() {
        assert_eq!(text(&JOINED), "id,kunde(größe)");
        assert_eq!(text(&join::<0>(&[])), "");
    }
}
