//! Writes results to the standard output, and everything else to the standard error.

use std::fmt;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use serde::Serialize;

use super::error::CommandError;

/// Writes text to the standard output. A reader that has closed the pipe, as `| head` does, is no error.
pub(super) fn write_text(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes text and a newline to the standard output.
pub(super) fn print(text: impl fmt::Display) -> Result<(), CommandError> {
    write_text(format_args!("{text}\n")).map_err(CommandError::Output)
}

/// Writes a value as JSON, for machines.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), CommandError> {
    let json =
        serde_json::to_string_pretty(value).map_err(|error| CommandError::Output(error.into()))?;
    print(json)
}

/// Writes a line to the standard error.
pub(super) fn tell(text: impl fmt::Display) {
    // If writing fails, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Puts foreign text on one line: the text of a task or a server must not look like our own lines, or
/// move the cursor.
pub(super) fn one_line(text: &str) -> String {
    text.trim().replace(char::is_control, " ")
}

/// How to see what [`shortened`] has cut, in commands with `--json`.
pub(super) const IN_FULL: &str = "`--json` shows all of them";

/// Puts foreign text on one line and cuts it after `most` characters. A cut text ends with its full length,
/// and with `how` to see the rest.
pub(super) fn shortened(text: &str, most: usize, how: &str) -> String {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(most) else {
        return one_line(text);
    };
    let (beginning, bytes) = (one_line(&text[..end]), text.len());
    match how.is_empty() {
        true => format!("{beginning}… ({bytes} bytes in all)"),
        false => format!("{beginning}… ({bytes} bytes in all: {how})"),
    }
}

/// Writes the output of a run to the standard output: in full, except that a terminal gets only the start.
pub(super) fn print_output(output: &str) -> Result<(), CommandError> {
    let Some(shown) = beginning(output, io::stdout().is_terminal()) else {
        return print(output);
    };
    print(shown)?;
    tell(format_args!(
        "the output has {} bytes, of which the first {} are shown: redirect it to a file or \
         another program to get all of them, as with `> output.json`",
        output.len(),
        shown.len()
    ));
    Ok(())
}

/// The most characters of an output that a terminal gets.
const MOST_ON_TERMINAL: usize = 4_000;

/// The start of an output that is too long for a terminal.
fn beginning(output: &str, is_terminal: bool) -> Option<&str> {
    let (end, _) = output.char_indices().nth(MOST_ON_TERMINAL)?;
    is_terminal.then_some(&output[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_said_stays_on_its_line() {
        assert_eq!(one_line("a\nb\u{1b}[2J \n"), "a b [2J");
    }

    #[test]
    fn what_is_long_is_cut_and_says_how_long_it_was() {
        assert_eq!(shortened("übergabe", 8, IN_FULL), "übergabe");
        let long = "ü".repeat(9);
        assert_eq!(
            shortened(&long, 2, IN_FULL),
            "üü… (18 bytes in all: `--json` shows all of them)"
        );
        assert_eq!(shortened(&long, 2, ""), "üü… (18 bytes in all)");
    }

    #[test]
    fn a_terminal_alone_is_given_a_part_of_a_long_output() {
        let long = "ü".repeat(MOST_ON_TERMINAL + 1);
        assert_eq!(beginning(&long, false), None);
        let shown = beginning(&long, true).unwrap();
        assert_eq!(shown.chars().count(), MOST_ON_TERMINAL);
        assert_eq!(beginning("\"short\"", true), None);
    }
}
