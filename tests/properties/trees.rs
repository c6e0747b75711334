//! Values inside trees of `and`, `or` and `not`.

use supabase_task::client::{Filter, ServiceClient, column};

use crate::checks::{self, Check};
use crate::predicates::{holds_all, like, like_pattern};
use crate::samples::Sample;

/// The number of rows that a tree takes its values from.
const LEAVES: usize = 3;

pub(crate) fn checks(supabase: &ServiceClient, samples: &[Sample]) -> Vec<Check> {
    let mut checks = Vec::new();
    for chosen in samples.chunks(LEAVES) {
        let shown: Vec<_> = chosen
            .iter()
            .map(|s| (&s.word, &s.maybe, &s.tags))
            .collect();
        let words: Vec<_> = chosen.iter().map(|sample| &sample.word).collect();
        let is_word = |sample: &Sample| words.contains(&&sample.word);
        let mut check = |name: &str, values, filter: Filter, holds: &dyn Fn(&Sample) -> bool| {
            let query = checks::samples(supabase).and([filter]);
            let what = format!("{name} of {shown:?}");
            checks.push(Check::new(what, values, samples, query, holds));
        };

        let any_word = || Filter::any(words.iter().map(|word| column("word").eq(word)));
        check("or", LEAVES, any_word(), &is_word);
        check("not or", LEAVES, !any_word(), &|s| !is_word(s));
        let none = Filter::all(words.iter().map(|word| column("word").neq(word)));
        check("and", LEAVES, none, &|s| !is_word(s));

        let first = &chosen[0];
        let pattern = format!("%{}", like_pattern(&first.word));
        let mixed = Filter::any([
            column("word").in_(&words),
            Filter::all([
                column("tags").contains(&first.tags[..]),
                column("word").like(&pattern),
            ]),
            column("span").contains(first.span.0.as_str()..first.span.1.as_str()),
        ]);
        check("mixed", LEAVES + 4, mixed, &|s| {
            is_word(s)
                || holds_all(&s.tags, &first.tags) && like(&s.word, &pattern)
                || s.span.0 <= first.span.0 && s.span.1 >= first.span.1
        });
    }
    checks
}
