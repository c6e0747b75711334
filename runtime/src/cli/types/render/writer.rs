//! Rust source text, formatted as rustfmt formats it.
//!
//! Generated modules consist of a handful of shapes, so our own printer is small, needs no parser, and can
//! write comments. rustfmt leaves its output unchanged: the module that is committed with the tests is
//! checked with `cargo fmt --check`.

use std::fmt::Write as _;

/// rustfmt's longest line.
const WIDTH: usize = 100;

/// How wide the fields of a struct's value and the values of an attribute may be on one line, without the
/// text around them.
const STRUCT_WIDTH: usize = 18;
const ATTRIBUTE_WIDTH: usize = 70;

/// Collects lines.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
    /// Nothing was written since a `{`, or at all.
    is_at_start: bool,
}

impl Writer {
    pub(super) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&self.indent(0));
            self.text.push_str(line);
        }
        self.text.push('\n');
        self.is_at_start = false;
    }

    /// An empty line, but not after a `{`.
    pub(super) fn blank(&mut self) {
        if !self.is_at_start {
            self.text.push('\n');
        }
    }

    /// `head {`, the output of `body`, and `}`; `head {}` if the output is empty.
    pub(super) fn block(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.body(body);
    }

    /// `impl TRAIT for TYPE { … }`.
    pub(super) fn implementation(
        &mut self,
        r#trait: &str,
        r#type: &str,
        body: impl FnOnce(&mut Self),
    ) {
        let head = format!("impl {trait} for {type}");
        // rustfmt does not count the indentation.
        if head.chars().count() + " {".len() <= WIDTH {
            return self.block(&head, body);
        }
        self.line(&format!("impl {trait}"));
        self.line(&format!("    for {type}"));
        self.line("{");
        self.body(body);
    }

    /// `HEAD` and `REST` on one line, or `REST` on an indented line of its own, if it fits there.
    pub(super) fn broken(&mut self, head: &str, rest: &str) {
        let line = format!("{head} {rest}");
        let further_in = format!("    {rest}");
        if self.fits(&line) || !self.fits(&further_in) {
            return self.line(&line);
        }
        self.line(head);
        self.line(&further_in);
    }

    /// `#[name(values)]`, or each value on a line of its own.
    pub(super) fn attribute(&mut self, name: &str, values: &[String]) {
        let inline = values.join(", ");
        let line = format!("#[{name}({inline})]");
        let is_short = match values {
            // rustfmt breaks the line at exactly this column.
            [_] => self.fits(&format!("{line} ")),
            _ => inline.chars().count() <= ATTRIBUTE_WIDTH,
        };
        if is_short {
            return self.line(&line);
        }
        self.line(&format!("#[{name}("));
        self.line(&format!(
            "    {}",
            values.join(&format!(",\n{}", self.indent(1)))
        ));
        self.line(")]");
    }

    /// `head(arguments)rest`, the head of a fn, or each argument on a line of its own.
    pub(super) fn arguments(&mut self, head: &str, arguments: &[String], rest: &str) {
        let line = format!("{head}({}){rest}", arguments.join(", "));
        if self.fits(&line) {
            return self.line(&line);
        }
        self.line(&format!("{head}("));
        for argument in arguments {
            self.line(&format!("    {argument},"));
        }
        self.line(&format!("){rest}"));
    }

    /// The body after a line that ends in `{`, and its `}`, on that line if the body is empty.
    pub(super) fn body(&mut self, body: impl FnOnce(&mut Self)) {
        self.is_at_start = true;
        self.depth += 1;
        let start = self.text.len();
        body(self);
        self.depth -= 1;
        if self.text.len() == start {
            self.text.pop();
            self.text.push_str("}\n");
            self.is_at_start = false;
        } else {
            self.line("}");
        }
    }

    /// `NAME { fields }`.
    pub(super) fn structure(&mut self, name: &str, fields: &[String]) {
        let inline = fields.join(", ");
        if inline.chars().count() <= STRUCT_WIDTH {
            return self.line(&format!("{name} {{ {inline} }}"));
        }
        self.line(&format!("{name} {{"));
        self.body(|writer| {
            for field in fields {
                writer.line(&format!("{field},"));
            }
        });
    }

    /// `///` lines. Nothing for an empty text.
    pub(super) fn docs(&mut self, text: &str) {
        for line in doc_lines(text) {
            match line.as_str() {
                "" => self.line("///"),
                line => self.line(&format!("/// {line}")),
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn indent(&self, further: usize) -> String {
        "    ".repeat(self.depth + further)
    }

    pub(super) fn fits(&self, line: &str) -> bool {
        self.depth * 4 + line.chars().count() <= WIDTH
    }
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(c);
            }
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control() || changes_direction(c) => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A comment of the database as Markdown that is only text: no line becomes code, which `cargo test` would
/// run.
fn doc_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let visible: String = line
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .filter(|&c| !changes_direction(c))
                .collect();
            let words: Vec<&str> = visible.split_whitespace().collect();
            let line = words.join(" ");
            line.replace("```", "\\`\\`\\`").replace("~~~", "\\~\\~\\~")
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let empty = lines.iter().take_while(|line| line.is_empty()).count();
    lines.split_off(empty)
}

/// Characters that make source text look different from what it is; rustc refuses them.
fn changes_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_hold_any_text() {
        assert_eq!(literal("plain é 🦀"), "\"plain é 🦀\"");
        assert_eq!(literal("a\"b\\c\n"), r#""a\"b\\c\n""#);
        assert_eq!(literal("\u{202e}\u{7}"), r#""\u{202e}\u{7}""#);
    }

    #[test]
    fn comments_are_never_code() {
        assert_eq!(
            doc_lines("\n one\r\n\n    indented  code\n-     more\n\n"),
            ["one", "", "indented code", "- more"]
        );
        assert_eq!(
            doc_lines("```\npanic!()\n```"),
            ["\\`\\`\\`", "panic!()", "\\`\\`\\`"]
        );
        assert_eq!(doc_lines("a\u{202e}b"), ["ab"]);
        assert!(doc_lines(" \n ").is_empty());
    }

    #[test]
    fn what_is_too_long_is_broken_as_rustfmt_does() {
        let (long, longer) = ("a".repeat(60), "b".repeat(60));
        let mut writer = Writer::default();
        writer.broken(&format!("pub {long}:"), &format!("{longer},"));
        writer.implementation(&long, &longer, |writer| writer.line("type Row = A;"));
        writer.attribute("row", &[long.clone(), longer.clone()]);
        writer.block("pub struct A", |_| {});
        let expected = format!(
            "pub {long}:\n    {longer},\nimpl {long}\n    for {longer}\n{{\n    type Row = A;\n}}\n\
             #[row(\n    {long},\n    {longer}\n)]\npub struct A {{}}\n"
        );
        assert_eq!(writer.finish(), expected);
    }
}
