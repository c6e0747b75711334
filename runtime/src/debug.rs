//! `Debug` for types that hold secrets or the user's data.

/// Implements `Debug` for a type with these fields alone, so that nothing else of it reaches a log.
/// The generics of the type go before it, in square brackets.
macro_rules! debug_fields {
    ($([$($generics:tt)+])? $type:ident $(<$($argument:ident),+>)?: |$this:ident| {
        $($field:ident: $value:expr),+ $(,)?
    }) => {
        impl $(<$($generics)+>)? ::std::fmt::Debug for $type $(<$($argument),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let $this = self;
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &$value))+
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use debug_fields;
