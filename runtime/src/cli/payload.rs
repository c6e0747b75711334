//! [`PayloadOption`]: a payload from the command line, a file or the standard input.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::{fmt, fs};

use clap::Args;
use serde_json::Value;

use super::error::CommandError;
use super::output::tell;

/// The payload that a task is run with.
#[derive(Args)]
pub(super) struct PayloadOption {
    /// The payload as JSON; `-` reads it from the standard input, `@FILE` from a file.
    ///
    /// The default is `null`, for tasks without a payload.
    #[arg(
        short,
        long,
        value_name = "JSON|-|@FILE",
        allow_negative_numbers = true
    )]
    payload: Option<String>,
}

/// Advice for a payload that the shell may have changed.
const QUOTES: &str = "; write strings in double quotes, and the whole in single quotes for the \
    shell, as in `--payload '{\"title\": \"call the bank\"}'`";

/// Advice for a payload that names a file.
const FILE: &str = "; to read it from the file with that name, write `@` before it";

impl PayloadOption {
    pub(super) fn read(&self) -> Result<Value, CommandError> {
        let Some(given) = &self.payload else {
            return Ok(Value::Null);
        };
        let (text, place, is_typed) = match given.strip_prefix('@') {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    CommandError::Refused(format!("the payload `{path}` cannot be read: {error}"))
                })?;
                (text, format!("the payload in `{path}`"), false)
            }
            None if given == "-" => {
                if io::stdin().is_terminal() {
                    tell("type the payload as JSON, and end it with Ctrl-D on a line of its own");
                }
                let text = io::read_to_string(io::stdin().lock()).map_err(|error| {
                    CommandError::Refused(format!(
                        "the payload cannot be read from the standard input: {error}"
                    ))
                })?;
                (text, "the payload on the standard input".to_owned(), false)
            }
            None => (given.clone(), "the payload".to_owned(), true),
        };
        // The parser's error contains a position and no data.
        serde_json::from_str(&text).map_err(|error| {
            let advice = match is_typed {
                true if given.ends_with(".json") || Path::new(given).is_file() => FILE,
                true => QUOTES,
                false => "",
            };
            CommandError::Refused(format!("{place} is not JSON: {error}{advice}"))
        })
    }

    /// Whether no payload was given.
    pub(super) fn is_absent(&self) -> bool {
        self.payload.is_none()
    }
}

/// A payload is users' data.
impl fmt::Debug for PayloadOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadOption").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    fn read(payload: Option<&str>) -> Result<Value, CommandError> {
        let payload = payload.map(str::to_owned);
        PayloadOption { payload }.read()
    }

    #[test]
    fn it_is_json_null_without_one() {
        assert_eq!(read(None).unwrap(), Value::Null);
        assert_eq!(read(Some("-5")).unwrap(), -5);
        assert_eq!(read(Some(r#"{"a":[1]}"#)).unwrap()["a"][0], 1);
    }

    #[test]
    fn what_is_no_json_is_refused_without_quoting_it() {
        for payload in ["{secret}", "'secret'", "\"secret", "@/no/such/file"] {
            let error = read(Some(payload)).unwrap_err();
            assert_eq!(error.exit(), Exit::Refused);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn where_it_is_wrong_is_told_and_what_to_write_where_it_was_typed() {
        let typed = read(Some("{\"a\": 1,\n b: 2}")).unwrap_err().to_string();
        assert!(typed.contains("line 2 column 2"), "{typed}");
        assert!(typed.contains("in single quotes"), "{typed}");

        let path = std::env::temp_dir().join(format!("payload-{}", uuid::Uuid::new_v4()));
        fs::write(&path, "{\"a\": 1,\n\n b: 2}").unwrap();
        let name = path.to_str().unwrap();
        let forgotten = read(Some(name)).unwrap_err().to_string();
        let in_file = read(Some(&format!("@{name}"))).unwrap_err().to_string();
        fs::remove_file(&path).unwrap();
        let elsewhere = read(Some("elsewhere.json")).unwrap_err().to_string();
        for forgotten in [forgotten, elsewhere] {
            assert!(forgotten.contains("write `@` before it"), "{forgotten}");
        }
        assert!(
            in_file.starts_with(&format!("the payload in `{name}`")),
            "{in_file}"
        );
        assert!(in_file.ends_with("line 3 column 2"), "{in_file}");
    }
}
