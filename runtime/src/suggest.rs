//! "Did you mean" suggestions for unknown names.

/// Returns the candidate closest to `word`, if it is close enough.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            // `send-mail` and `SendMail` are `send_mail`.
            let known = candidate.to_lowercase();
            let edits = strsim::osa_distance(&plain(&word), &plain(&known));
            (edits, candidate)
        })
        .filter(|(edits, candidate)| *edits <= candidate.chars().count().div_ceil(3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> String {
    name.replace(['_', '-', ' ', '.'], "")
}

/// The most names to list.
const MOST: usize = 100;

/// The end of an error text after a colon: the nearest name, and all names.
pub(crate) fn instead(word: &str, kind: &str, mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return format!("there are no {kind}");
    }
    let beginning = match nearest(word, names.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`? The"),
        None => "the".to_owned(),
    };
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(MOST);
    format!("{beginning} {kind} are {}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_almost_right_is_suggested() {
        let known = ["send_mail", "send_invoice", "sweep"];
        for (word, expected) in [
            ("send_mial", Some("send_mail")),
            ("send-mail", Some("send_mail")),
            ("SendMail", Some("send_mail")),
            ("sweeep", Some("sweep")),
            ("report", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let names: Vec<String> = (0..110).map(|number| format!("task_{number:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = instead("x", "tasks", names);
        assert!(text.starts_with("the tasks are task_000, "), "{text}");
        assert!(text.ends_with("task_099 and 10 more"), "{text}");
        assert_eq!(instead("x", "tasks", vec![]), "there are no tasks");
        assert_eq!(
            instead("swep", "tasks", vec!["sweep", "mail"]),
            "did you mean `sweep`? The tasks are mail, sweep"
        );
    }
}
