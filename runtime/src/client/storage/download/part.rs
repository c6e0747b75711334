//! [`Part`]: a range of an object's bytes.

use std::ops::{Bound, RangeBounds};

use http::header::CONTENT_RANGE;
use http::{HeaderValue, StatusCode};

use crate::client::error::{ClientErrorKind, Failure};
use crate::client::http::Answer;

/// Requests the bytes of the object itself, not of a compressed form.
pub(super) const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// A range of an object's bytes: from `from` up to, but not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) from: u64,
    /// Greater than `from`. `None` is the end of the object.
    pub(super) to: Option<u64>,
}

impl Part {
    pub(super) fn of(range: impl RangeBounds<u64>) -> Result<Self, Failure> {
        let from = match range.start_bound() {
            Bound::Included(from) => Some(*from),
            Bound::Excluded(before) => before.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let to = match range.end_bound() {
            // No object is as long as that.
            Bound::Included(last) => last.checked_add(1),
            Bound::Excluded(to) => Some(*to),
            Bound::Unbounded => None,
        };
        match from {
            Some(from) if to.is_none_or(|to| from < to) => Ok(Self { from, to }),
            _ => Err(Failure::invalid(
                "the range is empty: its end must be greater than its start",
            )),
        }
    }

    pub(super) fn header(self) -> HeaderValue {
        let Self { from, to } = self;
        let range = match to {
            Some(to) => format!("bytes={from}-{}", to - 1),
            None => format!("bytes={from}-"),
        };
        HeaderValue::try_from(range).unwrap_or(HeaderValue::from_static("bytes=0-"))
    }

    /// Whether a response with `from..=last` of `length` bytes is this part.
    fn is(self, (from, last, length): (u64, u64, Option<u64>)) -> bool {
        let end = match (self.to, length) {
            (Some(to), Some(length)) => Some(to.min(length)),
            (to, length) => to.or(length),
        };
        from == self.from && from <= last && end.is_none_or(|end| last.checked_add(1) == Some(end))
    }
}

/// Checks that `answer` has the requested bytes.
pub(super) fn check(asked: Option<Part>, answer: &Answer) -> Result<(), Failure> {
    let is_part = answer.status() == StatusCode::PARTIAL_CONTENT;
    let range = answer.headers().get(CONTENT_RANGE);
    let range = range.and_then(|range| content_range(range.to_str().ok()?));
    let message = match (asked, is_part) {
        (None, false) | (Some(Part { from: 0, to: None }), false) => return Ok(()),
        (Some(part), true) if range.is_some_and(|range| part.is(range)) => return Ok(()),
        (Some(_), true) => "the server sent a different part of the object than was requested",
        (Some(_), false) => {
            "the server sent the whole object instead of the range that was requested"
        }
        (None, true) => "the server sent a part of the object, although all of it was requested",
    };
    Err(Failure::new(ClientErrorKind::Decode, message))
}

/// `bytes 0-4/10`, or `bytes 0-4/*` where the length of the whole is not known.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, length) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (from, last) = range.split_once('-')?;
    let length = match length {
        "*" => None,
        length => Some(length.parse().ok()?),
    };
    Some((from.parse().ok()?, last.parse().ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "these ranges are refused")]
    fn ranges_of_every_form() {
        let header = |part: Result<Part, Failure>| part.unwrap().header();
        assert_eq!(header(Part::of(..)), "bytes=0-");
        assert_eq!(header(Part::of(..5)), "bytes=0-4");
        assert_eq!(header(Part::of(2..5)), "bytes=2-4");
        assert_eq!(header(Part::of(2..=5)), "bytes=2-5");
        assert_eq!(header(Part::of(2..)), "bytes=2-");
        assert_eq!(header(Part::of(2..=u64::MAX)), "bytes=2-");
        let after = (Bound::Excluded(2), Bound::Unbounded);
        assert_eq!(header(Part::of(after)), "bytes=3-");
        assert!(Part::of(..0).is_err() && Part::of(5..5).is_err() && Part::of(5..2).is_err());
        let nothing = (Bound::Excluded(u64::MAX), Bound::Unbounded);
        assert!(Part::of(nothing).is_err());
    }

    #[test]
    fn an_answer_is_the_part_only_if_it_is_all_of_it() {
        let is = |from, to, text| Part { from, to }.is(content_range(text).unwrap());
        assert!(is(2, Some(5), "bytes 2-4/10"));
        assert!(is(2, Some(5), "bytes 2-4/*"));
        assert!(is(2, Some(50), "bytes 2-9/10"));
        assert!(is(2, None, "bytes 2-9/10"));
        assert!(!is(2, Some(5), "bytes 1-4/10"));
        assert!(!is(2, Some(5), "bytes 2-3/10"));
        assert!(!is(2, Some(5), "bytes 2-5/10"));
        assert!(!is(2, None, "bytes 2-8/10"));
        for text in [
            "",
            "bytes */10",
            "bytes 2-4",
            "items 2-4/10",
            "bytes a-4/10",
            "bytes 2-4/x",
        ] {
            assert_eq!(content_range(text), None);
        }
    }
}
