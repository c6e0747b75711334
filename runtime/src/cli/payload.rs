//! [`PayloadOption`]: a payload from the command line, a file or the standard input.

use std::io::{self, Read as _};
use std::{fmt, fs};

use clap::Args;
use serde_json::Value;

use super::CommandError;

/// What a task is run with.
#[derive(Args)]
pub(super) struct PayloadOption {
    /// The payload as JSON; `-` reads it from the standard input, `@FILE` from a file.
    ///
    /// Without it the payload is `null`, which is what a task without a payload takes.
    #[arg(
        short,
        long,
        value_name = "JSON|-|@FILE",
        allow_negative_numbers = true
    )]
    payload: Option<String>,
}

impl PayloadOption {
    pub(super) fn read(&self) -> Result<Value, CommandError> {
        let Some(given) = &self.payload else {
            return Ok(Value::Null);
        };
        let (text, place) = match given.strip_prefix('@') {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    CommandError::Refused(format!("the payload `{path}` cannot be read: {error}"))
                })?;
                (text, format!("the payload in `{path}`"))
            }
            None if given == "-" => {
                let mut text = String::new();
                io::stdin()
                    .lock()
                    .read_to_string(&mut text)
                    .map_err(|error| {
                        CommandError::Refused(format!(
                            "the payload cannot be read from the standard input: {error}"
                        ))
                    })?;
                (text, "the payload on the standard input".to_owned())
            }
            None => (given.clone(), "the payload".to_owned()),
        };
        // The parser's error tells a place and no data.
        serde_json::from_str(&text).map_err(|error| {
            CommandError::Refused(format!(
                "{place} is not JSON: {error}; a text is in double quotes, inside of single ones \
                 for the shell, as in `--payload '{{\"title\": \"call the bank\"}}'`"
            ))
        })
    }

    /// Whether there is none but the default.
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
    use crate::cli::Exit;

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
}
