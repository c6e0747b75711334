//! Refuses secrets on the command line, and keeps them out of its errors.
//!
//! Every user of the machine can read the arguments of a process, and errors end up in logs.

use std::ffi::OsString;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::database::{SCHEMES, VISIBLE};
use super::error::CommandError;

/// Refuses a database's URL anywhere except after `--db-url`.
///
/// # Errors
///
/// [`CommandError::Refused`], which says what to do instead and contains no part of the URL.
pub(super) fn without_database_url(arguments: &[OsString]) -> Result<(), CommandError> {
    let mut given = arguments.iter().skip(1).map(|text| text.to_string_lossy());
    while let Some(text) = given.next() {
        if text == "--db-url" {
            given.next();
        } else if is_database_url(&text) {
            return Err(CommandError::Refused(format!(
                "set SUPABASE_DB_URL instead: {VISIBLE}. If others use this machine, change that \
                 database's password"
            )));
        }
    }
    Ok(())
}

fn is_database_url(text: &str) -> bool {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) if name.starts_with('-') => (name, value),
        _ => ("", text),
    };
    let value = value.trim().to_ascii_lowercase();
    name != "--db-url" && SCHEMES.iter().any(|scheme| value.starts_with(scheme))
}

/// Replaces an argument that may be a secret.
const HIDDEN: &str = "(not shown: it may hold a secret)";

/// Removes possible secrets and payloads from clap's error, and says how to give a payload.
pub(super) fn without_secrets(mut error: Error, arguments: &[OsString]) -> Error {
    let takes_payload = matches!(
        arguments.get(1).and_then(|command| command.to_str()),
        Some("run" | "trigger")
    );
    let is_payload = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) if error.kind() == ErrorKind::UnknownArgument => {
            takes_payload && (is_json(text) || text.starts_with('@'))
        }
        _ => false,
    };
    let hidden: Vec<ContextKind> = error
        .context()
        .filter(|(_, value)| match value {
            ContextValue::String(text) => may_be_secret(text),
            ContextValue::Strings(texts) => texts.iter().any(|text| may_be_secret(text)),
            _ => false,
        })
        .map(|(kind, _)| kind)
        .collect();
    if error.kind() == ErrorKind::ValueValidation && !hidden.is_empty() {
        // The reason may repeat a part of the value.
        let option = error.get(ContextKind::InvalidArg);
        let option = option.map(ContextValue::to_string).unwrap_or_default();
        // The reason of wrong metadata does not contain the metadata.
        let is_metadata = option.starts_with("--metadata");
        let why = std::error::Error::source(&error).filter(|_| is_metadata);
        let text = match why {
            Some(why) => format!("the value of '{option}' is wrong: {why}\n"),
            None => format!("the value of '{option}' is wrong {HIDDEN}\n"),
        };
        return Error::raw(ErrorKind::ValueValidation, text);
    }
    if !hidden.is_empty() {
        // clap's suggestion repeats the argument.
        error.insert(ContextKind::Suggested, ContextValue::None);
    }
    for kind in hidden {
        error.insert(kind, ContextValue::String(HIDDEN.to_owned()));
    }
    if is_payload {
        let advice = "a payload is given with '--payload'".to_owned();
        let advice = ContextValue::StyledStrs(vec![advice.into()]);
        error.insert(ContextKind::Suggested, advice);
    }
    error
}

fn is_json(text: &str) -> bool {
    text.starts_with(['{', '[', '"'])
}

/// Returns a given text, such as an unknown name, if it can be shown.
pub(super) fn shown(text: &str) -> &str {
    match may_be_secret(text) {
        true => HIDDEN,
        false => text,
    }
}

/// Whether a text may be a URL, a database's address in another form, a key or a payload.
fn may_be_secret(text: &str) -> bool {
    let has_password = |(user, _): (&str, &str)| user.contains(':');
    let begins_key = |part: &str| part.starts_with("sb_secret_") || part.starts_with("eyJ");
    let is_key = |word: &str| word.split('-').any(begins_key);
    let mut words =
        text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'));
    is_json(text)
        || ["://", "password="].iter().any(|sign| text.contains(sign))
        || words.any(is_key)
        || text.rsplit_once('@').is_some_and(has_password)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arguments(given: &[&str]) -> Vec<OsString> {
        let given = given.iter().map(OsString::from);
        std::iter::once("my-tasks".into()).chain(given).collect()
    }

    #[test]
    fn a_databases_url_is_refused_wherever_it_stands_and_not_repeated() {
        for given in [
            &["migrate", "postgres://u:hunter2@h/db"][..],
            &["migrate", "--db-url", "x", "postgresql://u:hunter2@h/db"],
            &["migrate", "--dburl=postgresql://u:hunter2@h/db"],
            &["migrate", "-d=POSTGRES://u:hunter2@h/db"],
            &["run", " postgres://u:hunter2@h/db"],
        ] {
            let refused = without_database_url(&arguments(given)).unwrap_err();
            let text = refused.to_string();
            assert!(text.contains("set SUPABASE_DB_URL instead"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn what_is_no_databases_url_is_not_refused() {
        let payload = r#"{"url":"postgres://u:p@h/db"}"#;
        for given in [
            &["run", "flaky", "--payload", payload][..],
            &["migrate", "--db-url", "postgres://u@h/db"],
            &["migrate", "--db-url=postgres://u@h/db"],
            &["run", "flaky", "--payload=5"],
            &["gen", "types", "--project-url", "https://abc.supabase.co"],
            &["trigger", "flaky", "--tag", "postgres"],
        ] {
            assert!(without_database_url(&arguments(given)).is_ok(), "{given:?}");
        }
    }

    #[test]
    fn names_are_shown_and_what_may_be_a_secret_is_not() {
        for given in [
            "flaky",
            "reset_password",
            "somebody@example.com",
            "@payload.json",
            "surveyJob",
            "rotate_sb_secret_keys",
        ] {
            assert_eq!(shown(given), given);
        }
        for given in [
            "https://u:p@h",
            "postgres:p@h:5432/db",
            "host=h password=p",
            "sb_secret_abc",
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "key=eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "--sb_secret_abc",
            "key-eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "{\"token\":\"hunter2\"}",
        ] {
            assert_eq!(shown(given), HIDDEN, "{given}");
        }
    }

    proptest! {
        /// No error contains the password of an address, whatever surrounds it and wherever it stands.
        #[test]
        fn no_error_of_the_command_line_holds_a_password(
            command in prop::sample::select(vec![
                &["run"][..], &["run", "flaky"], &["trigger", "flaky", "--delay"], &["migrate"],
                &["trigger", "flaky", "--metadata"], &["trigger", "flaky", "--max-attempts"],
                &["runs"], &["runs", "show"], &["runs", "list", "--before"], &["gen", "types"],
                &["runs", "list", "--status"], &["worker", "--concurrency"], &["completions"],
                &["gen", "types", "--type"], &["trigger", "flaky", "--run-at"], &[],
            ]),
            before in "(-{0,2}[a-z]{0,5}=?)?[{\\[\"]?",
            scheme in "([a-z]{1,10}://)?",
            user in "[a-z]{0,5}",
            after in "[a-z.:/?=@]{0,12}",
        ) {
            let argument = format!("{before}{scheme}{user}:SECRET9@host{after}");
            let line = arguments(&[command, &[&argument]].concat());
            if let Err(error) = crate::cli::command::parse(&line, &Default::default()) {
                let text = error.to_string();
                prop_assert!(!text.contains("SECRET9"), "{}: {}", argument, text);
            }
        }
    }
}
