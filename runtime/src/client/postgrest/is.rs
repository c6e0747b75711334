//! [`Is`]: the operand of the operator `is`.

use crate::client::texts::enum_with_texts;

// The text is the operand. `NotNull` also needs a `not.` before the operator.
enum_with_texts! {
    /// The values that [`Query::is`](crate::client::Query::is) compares with.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Is {
        /// `IS NULL`
        Null = "null",
        /// `IS NOT NULL`
        NotNull = "null",
        /// `IS TRUE`
        True = "true",
        /// `IS FALSE`
        False = "false",
        /// `IS UNKNOWN`: a boolean that is null.
        Unknown = "unknown",
    }
}

impl From<bool> for Is {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
