//! The result.

use std::collections::BTreeSet;
use std::fmt;

use super::cell::Cell;
use super::diff::diff;
use super::relation::on_one_line;

const VERBS: [&str; 4] = ["select", "insert", "update", "delete"];

/// What each identity may do with each table, tried out on the rows that are there. Returned by
/// [`RlsMatrixBuilder::run`](super::RlsMatrixBuilder::run); its `Display` and `Debug` are an aligned table.
///
/// ```text
/// table          identity  select  insert  update       delete
/// todos          anon      0 of 2  0 of 2  0 of 2       0 of 2
/// todos          alice     1 of 2  1 of 2  1 of 2       1 of 2
/// todos          service   2 of 2  2 of 2  2 of 2       2 of 2
/// tags (no RLS)  anon      5 of 5  denied  denied       denied
/// tags (no RLS)  alice     5 of 5  5 of 5  error P0001  5 of 5
/// tags (no RLS)  service   5 of 5  5 of 5  error P0001  5 of 5
///
/// update tags (no RLS): P0001: a tag cannot be changed
/// ```
///
/// | cell | meaning |
/// | --- | --- |
/// | `1 of 2` | the identity reaches one of the table's two rows |
/// | `2 rows` | the same for a view, which may have other rows for each identity |
/// | `no rows` | the table is empty, so only the privilege is known |
/// | `denied` | the role lacks the privilege on the table or its schema |
/// | `error 23503` | statements failed for another reason; the text is below the table |
/// | `1 of 2, error 23503` | the same, but one row was reached |
/// | `-` | not tried: an insert into a view, or a view or column that nothing can write |
///
/// # What is tried
///
/// Each statement runs as the identity's role with the claims of its token, and is undone: savepoints in one
/// transaction, which is rolled back. Sequences that your triggers or policies use advance all the same.
///
/// - `select` counts the rows.
/// - `insert` inserts each row of the table again, as if it were not there yet. So the rows of others tell whether
///   the identity can insert in their name. Columns that the role must not insert keep their default.
/// - `update` writes a column of each row: with the value that it has, so triggers and constraints see no change.
///   The column is the first that the role may write, if possible not one of the primary key.
/// - `delete` deletes each row.
///
/// Each row is tried by itself, and without reading it: Row Level Security applies no `select` policy to it. A
/// client can do the same with a request that has no filter and returns nothing. The rows of views are updated and
/// deleted in one statement.
///
/// A matrix is made for the few rows of a test: each row takes a few statements for each identity.
pub struct RlsMatrix {
    lines: Vec<Line>,
}

/// What an identity may do with a table.
pub(super) struct Line {
    pub(super) table: String,
    pub(super) identity: String,
    /// In the order of [`VERBS`].
    pub(super) cells: [Cell; 4],
}

impl RlsMatrix {
    pub(super) fn new(lines: Vec<Line>) -> Self {
        Self { lines }
    }

    /// Compares the matrix with the text that the test expects. Indentation, the width of columns and empty lines
    /// do not matter.
    ///
    /// # Panics
    ///
    /// If they differ. The message shows the lines that do.
    #[track_caller]
    pub fn assert_is(&self, expected: &str) {
        let difference = diff(expected, &self.to_string());
        assert!(
            difference.is_none(),
            "the matrix differs from the expected one (- expected, + found):\n{}",
            difference.unwrap_or_default()
        );
    }

    /// The texts of the errors, each once.
    fn failures(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let lines = self.lines.iter();
        let failures = lines.flat_map(|line| {
            let cells = VERBS.into_iter().zip(&line.cells);
            cells.flat_map(move |(verb, cell)| {
                cell.failures().map(move |failure| {
                    let (code, message) = (&failure.code, &failure.message);
                    format!("{verb} {}: {code}: {message}", line.table)
                })
            })
        });
        failures.filter(|text| seen.insert(text.clone())).collect()
    }
}

impl fmt::Display for RlsMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["table", "identity"].into_iter().chain(VERBS);
        let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        rows.extend(self.lines.iter().map(|line| {
            let names = [line.table.clone(), on_one_line(&line.identity)];
            let cells = line.cells.iter().map(ToString::to_string);
            names.into_iter().chain(cells).collect()
        }));
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..2 + VERBS.len()).map(width).collect();
        for (number, row) in rows.iter().enumerate() {
            let padded = row.iter().zip(&widths);
            let line: String = padded
                .map(|(cell, width)| format!("{cell:width$}  "))
                .collect();
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", line.trim_end())?;
        }
        for (number, failure) in self.failures().iter().enumerate() {
            let newlines = if number == 0 { "\n\n" } else { "\n" };
            write!(f, "{newlines}{failure}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RlsMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
