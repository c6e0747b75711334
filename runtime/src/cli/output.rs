//! What is written where: results on the standard output, everything else on the standard error.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};

use serde::Serialize;

use super::CommandError;

/// Writes text and a line's end to the standard output. That nobody reads any more, as behind
/// `| head`, is no error.
pub(super) fn print(text: impl fmt::Display) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CommandError::Output(error)),
        _ => Ok(()),
    }
}

/// Writes a value as JSON, for machines.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), CommandError> {
    let json =
        serde_json::to_string_pretty(value).map_err(|error| CommandError::Output(error.into()))?;
    print(json)
}

/// Writes a line to the standard error.
pub(super) fn tell(text: impl fmt::Display) {
    // Where it cannot be written, nobody is there to be told.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Text of others on one line: what a task or a server said must not look like lines of ours, or
/// move the cursor.
pub(super) fn one_line(text: &str) -> String {
    let is_odd = |c: char| c.is_control();
    text.trim()
        .chars()
        .map(|c| if is_odd(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_said_stays_on_its_line() {
        assert_eq!(one_line("a\nb\u{1b}[2J \n"), "a b [2J");
    }
}
