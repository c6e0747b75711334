//! A run's id, as an argument.

use crate::task::RunId;

pub(super) fn run_id(text: &str) -> Result<RunId, String> {
    text.parse().map_err(|_| {
        "a run's id is a UUID, such as `0193b3c2-5f7e-7cc1-9d3a-5b8e2f1c4a6d`; `trigger` prints the \
         new run's, and `runs list` shows those of the existing runs"
            .to_owned()
    })
}
