//! This package only has examples: see the folders next to `src`.
