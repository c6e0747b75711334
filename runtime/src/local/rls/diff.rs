//! The difference of two texts, line by line.

/// Returns the lines of both texts, with `-` before those of `expected` alone and `+` before those of `actual` alone;
/// `None` if they are the same but for spaces and empty lines.
pub(super) fn diff(expected: &str, actual: &str) -> Option<String> {
    let (expected, actual) = (lines(expected), lines(actual));
    let (mut left, mut right) = (&expected[..], &actual[..]);
    if left.iter().map(words).eq(right.iter().map(words)) {
        return None;
    }
    let mut text = String::new();
    let mut add = |mark: char, line: &str| text.extend([&*format!("{mark} {line}"), "\n"]);
    loop {
        match (left.split_first(), right.split_first()) {
            (None, None) => break,
            (Some((missing, rest)), None) => {
                add('-', missing);
                left = rest;
            }
            (None, Some((extra, rest))) => {
                add('+', extra);
                right = rest;
            }
            (Some((missing, rest_of_left)), Some((extra, rest_of_right))) => {
                if words(missing) == words(extra) {
                    add(' ', extra);
                    (left, right) = (rest_of_left, rest_of_right);
                } else if common(rest_of_left, right) >= common(left, rest_of_right) {
                    add('-', missing);
                    left = rest_of_left;
                } else {
                    add('+', extra);
                    right = rest_of_right;
                }
            }
        }
    }
    Some(text)
}

fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

fn words<'t>(line: &&'t str) -> Vec<&'t str> {
    line.split_whitespace().collect()
}

/// How many lines the longest common subsequence of both has.
fn common(left: &[&str], right: &[&str]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for one in left {
        let mut diagonal = 0;
        let mut before = 0;
        for (other, length) in right.iter().zip(row.iter_mut().skip(1)) {
            let above = *length;
            *length = match words(one) == words(other) {
                true => diagonal + 1,
                false => above.max(before),
            };
            (diagonal, before) = (above, *length);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn spaces_and_empty_lines_make_no_difference() {
        assert_eq!(diff("\n  a   b\n\n  c\n", "a b\nc"), None);
        assert_eq!(diff("", "\n"), None);
    }

    #[test]
    fn only_the_lines_that_differ_are_marked() {
        let shown = diff("a\nb  1\nc", "a\nb 2\nc\nd").unwrap();
        assert_eq!(shown, "  a\n- b  1\n+ b 2\n  c\n+ d\n");
        assert_eq!(diff("a", "").unwrap(), "- a\n");
        assert_eq!(diff("a\nb", "b\na").unwrap(), "- a\n  b\n+ a\n");
    }
}
