//! [`Table`]: rows under headings, for people.

use std::fmt;

use super::output::{IN_FULL, shortened};

/// Rows under headings, each column as wide as its widest cell.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

/// The most characters of a cell to show.
const WIDEST: usize = 200;

impl Table {
    pub(super) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self {
            rows: vec![headings.map(str::to_owned).to_vec()],
        }
    }

    /// Adds a row. An empty cell is shown as `-`, so that white space separates the columns.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.map(|cell| match shortened(&cell, WIDEST, IN_FULL) {
            empty if empty.is_empty() => "-".to_owned(),
            cell => cell,
        });
        self.rows.push(cells.to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column + 1 == row.len() {
                    true => f.write_str(cell)?,
                    false => write!(f, "{cell:width$}  ")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_stay_lines() {
        let mut table = Table::new(["ID", "QUEUE", "SCHEDULE"]);
        table.row(["übergabe", "a", ""].map(str::to_owned));
        table.row(["b", "line\nbreak", "0 3 * * *"].map(str::to_owned));
        assert_eq!(
            table.to_string(),
            "ID        QUEUE       SCHEDULE\n\
             übergabe  a           -\n\
             b         line break  0 3 * * *"
        );
    }

    #[test]
    fn a_cell_that_is_too_long_is_cut() {
        let mut table = Table::new(["ERROR"]);
        table.row(["x".repeat(300_000)]);
        let text = table.to_string();
        assert!(text.len() < 500, "{}", text.len());
        assert!(text.ends_with("… (300000 bytes in all: `--json` shows all of them)"));
    }
}
