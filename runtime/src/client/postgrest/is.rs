//! [`Is`]: the operand of the operator `is`.

/// The values that [`Query::is`](crate::client::Query::is) compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Is {
    /// `IS NULL`
    Null,
    /// `IS NOT NULL`
    NotNull,
    /// `IS TRUE`
    True,
    /// `IS FALSE`
    False,
    /// `IS UNKNOWN`: a boolean that is null.
    Unknown,
}

impl Is {
    /// The operand. `NotNull` also needs a `not.` before the operator.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Null | Self::NotNull => "null",
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Is {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
