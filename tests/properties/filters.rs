//! Every operator, with every value on its own or in a list.

use std::cmp::Ordering;

use serde_json::json;
use supabase_task::client::{Is, Query, Select, ServiceClient};

use crate::checks::{self, Check};
use crate::predicates::{compare, holds_all, like, like_pattern, overlaps};
use crate::samples::Sample;

/// The number of values in a list.
const LIST: usize = 6;

pub(crate) fn checks(supabase: &ServiceClient, samples: &[Sample]) -> Vec<Check> {
    let mut checks = Checks {
        supabase,
        samples,
        checks: Vec::new(),
    };
    for sample in samples {
        checks.texts(&sample.word);
        checks.arrays(&sample.tags);
        checks.json(&sample.word, &sample.inner);
        checks.numbers(sample);
        checks.ranges(sample);
    }
    let words: Vec<_> = samples.iter().map(|sample| sample.word.as_str()).collect();
    for words in words.chunks(LIST) {
        checks.lists(words);
    }
    checks.checks
}

struct Checks<'a> {
    supabase: &'a ServiceClient,
    samples: &'a [Sample],
    checks: Vec<Check>,
}

impl Checks<'_> {
    fn check(
        &mut self,
        what: String,
        values: usize,
        filter: impl FnOnce(Query<Select>) -> Query<Select>,
        holds: impl Fn(&Sample) -> bool,
    ) {
        let query = filter(checks::samples(self.supabase));
        self.checks
            .push(Check::new(what, values, self.samples, query, holds));
    }

    fn texts(&mut self, v: &str) {
        self.check(format!("eq {v:?}"), 1, |q| q.eq("word", v), |s| s.word == v);
        self.check(
            format!("neq {v:?}"),
            1,
            |q| q.neq("word", v),
            |s| s.word != v,
        );
        self.check(
            format!("gt {v:?}"),
            1,
            |q| q.gt("word", v),
            |s| *s.word > *v,
        );
        self.check(
            format!("gte {v:?}"),
            1,
            |q| q.gte("word", v),
            |s| *s.word >= *v,
        );
        self.check(
            format!("lt {v:?}"),
            1,
            |q| q.lt("word", v),
            |s| *s.word < *v,
        );
        self.check(
            format!("lte {v:?}"),
            1,
            |q| q.lte("word", v),
            |s| *s.word <= *v,
        );
        self.check(
            format!("is_distinct {v:?}"),
            1,
            |q| q.is_distinct("maybe", v),
            |s| s.maybe.as_deref() != Some(v),
        );
        self.check(
            format!("not eq {v:?}"),
            1,
            |q| q.not("maybe", "eq", v),
            |s| s.maybe.as_deref().is_some_and(|maybe| maybe != v),
        );
        let pattern = like_pattern(v);
        self.check(
            format!("like {pattern:?}"),
            1,
            |q| q.like("word", &pattern),
            |s| like(&s.word, &pattern),
        );
        let part = format!("%{pattern}_%");
        let lower = part.to_ascii_lowercase();
        self.check(
            format!("ilike {part:?}"),
            1,
            |q| q.ilike("word", &part),
            |s| like(&s.word.to_ascii_lowercase(), &lower),
        );
        // What follows `***=` has no special characters.
        let literal = format!("***={v}");
        self.check(
            format!("regex_match {literal:?}"),
            1,
            |q| q.regex_match("word", &literal),
            |s| s.word.contains(v),
        );
        self.check(
            format!("match_ {v:?}"),
            2,
            |q| q.match_(&json!({ "word": v, "maybe": null })),
            |s| s.word == v && s.maybe.is_none(),
        );
    }

    fn lists(&mut self, values: &[&str]) {
        let count = values.len();
        self.check(
            format!("in_ {values:?}"),
            count,
            |q| q.in_("word", values),
            |s| values.contains(&s.word.as_str()),
        );
        self.check(
            format!("not_in {values:?}"),
            count,
            |q| q.not_in("word", values),
            |s| !values.contains(&s.word.as_str()),
        );
        for v in values {
            self.check(
                format!("in_ [{v:?}]"),
                1,
                |q| q.in_("word", [v]),
                |s| s.word == *v,
            );
        }
        let patterns: Vec<_> = values
            .iter()
            .map(|v| format!("%{}", like_pattern(v)))
            .collect();
        self.check(
            format!("like_any_of {patterns:?}"),
            count,
            |q| q.like_any_of("word", &patterns),
            |s| patterns.iter().any(|pattern| like(&s.word, pattern)),
        );
        let one = &patterns[..1];
        self.check(
            format!("like_all_of {one:?}"),
            1,
            |q| q.like_all_of("word", one),
            |s| like(&s.word, &one[0]),
        );
    }

    fn arrays(&mut self, tags: &[Option<String>]) {
        let values = tags.len().max(1);
        self.check(
            format!("contains {tags:?}"),
            values,
            |q| q.contains("tags", tags),
            |s| holds_all(&s.tags, tags),
        );
        self.check(
            format!("contained_by {tags:?}"),
            values,
            |q| q.contained_by("tags", tags),
            |s| holds_all(tags, &s.tags),
        );
        self.check(
            format!("overlaps {tags:?}"),
            values,
            |q| q.overlaps("tags", tags),
            |s| overlaps(&s.tags, tags),
        );
        if let Some(tag) = tags.iter().flatten().next() {
            let tag = Some(tag.clone());
            let one = [tag.as_deref()];
            self.check(
                format!("contains {one:?}"),
                1,
                |q| q.contains("tags", one),
                |s| s.tags.contains(&tag),
            );
        }
    }

    fn json(&mut self, word: &str, inner: &str) {
        self.check(
            format!("contains s {word:?}"),
            1,
            |q| q.contains("doc", json!({ "s": word })),
            |s| s.word == word,
        );
        self.check(
            format!("contains l {inner:?}"),
            1,
            |q| q.contains("doc", json!({ "l": [inner], "o": { "k": inner } })),
            |s| s.inner == inner,
        );
        self.check(
            format!("doc->o->>k eq {inner:?}"),
            1,
            |q| q.eq("doc->o->>k", inner),
            |s| s.inner == inner,
        );
    }

    fn numbers(&mut self, sample: &Sample) {
        let Sample {
            number, big, day, ..
        } = sample;
        let order = |s: &Sample| compare(s.number, *number);
        self.check(
            format!("eq {number}"),
            1,
            |q| q.eq("number", *number),
            |s| order(s) == Ordering::Equal,
        );
        self.check(
            format!("gt {number}"),
            1,
            |q| q.gt("number", *number),
            |s| order(s) == Ordering::Greater,
        );
        self.check(
            format!("in_ {number}"),
            1,
            |q| q.in_("number", [*number]),
            |s| order(s) == Ordering::Equal,
        );
        self.check(
            format!("eq {big}"),
            1,
            |q| q.eq("big", *big),
            |s| s.big == *big,
        );
        self.check(
            format!("lt {big}"),
            1,
            |q| q.lt("big", *big),
            |s| s.big < *big,
        );
        self.check(
            format!("eq {day}"),
            1,
            |q| q.eq("day", day),
            |s| s.day == *day,
        );
        self.check(
            format!("lte {day}"),
            1,
            |q| q.lte("day", day),
            |s| s.day <= *day,
        );
        self.check(
            format!("note is null and {big}"),
            1,
            |q| q.is("note", Is::Null).eq("big", *big),
            |s| s.big == *big,
        );
    }

    fn ranges(&mut self, sample: &Sample) {
        let (lower, upper) = &sample.span;
        let bounds = || lower.as_str()..upper.as_str();
        let what = |operator: &str| format!("{operator} [{lower:?},{upper:?})");
        self.check(
            what("contains"),
            2,
            |q| q.contains("span", bounds()),
            |s| s.span.0 <= *lower && s.span.1 >= *upper,
        );
        self.check(
            what("contained_by"),
            2,
            |q| q.contained_by("span", bounds()),
            |s| s.span.0 >= *lower && s.span.1 <= *upper,
        );
        self.check(
            what("overlaps"),
            2,
            |q| q.overlaps("span", bounds()),
            |s| s.span.0 < *upper && s.span.1 > *lower,
        );
        self.check(
            what("range_gt"),
            2,
            |q| q.range_gt("span", bounds()),
            |s| s.span.0 >= *upper,
        );
        self.check(
            what("range_lt"),
            2,
            |q| q.range_lt("span", bounds()),
            |s| s.span.1 <= *lower,
        );
        self.check(
            what("range_gte"),
            2,
            |q| q.range_gte("span", bounds()),
            |s| s.span.0 >= *lower,
        );
        self.check(
            what("range_lte"),
            2,
            |q| q.range_lte("span", bounds()),
            |s| s.span.1 <= *upper,
        );
        self.check(
            what("range_adjacent"),
            2,
            |q| q.range_adjacent("span", bounds()),
            |s| s.span.0 == *upper || s.span.1 == *lower,
        );
        let (from, to) = sample.seats;
        self.check(
            format!("overlaps {from}..={to}"),
            2,
            |q| q.overlaps("seats", from..=to),
            |s| s.seats.0 <= to && s.seats.1 > from,
        );
    }
}
