//! [`Operation`]: what a request is for.

use std::fmt;

/// What a request does, in words for errors and logs: ``insert into `todos` ``.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    verb: &'static str,
    target: Option<String>,
}

impl Operation {
    pub(crate) const fn new(verb: &'static str) -> Self {
        Self { verb, target: None }
    }

    pub(crate) fn on(verb: &'static str, target: String) -> Self {
        Self {
            verb,
            target: Some(target),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb)?;
        match &self.target {
            Some(target) => write!(f, " `{}`", target.escape_debug()),
            None => Ok(()),
        }
    }
}
