//! What `#[derive(DatabaseRole)]` calls: the grants of a role, and the checks of what it reads.

use crate::auth::{Grant, Privilege};
use crate::client::rows::Embeds;
use crate::client::{Column, Row};

/// A grant, and what the row that it names reads.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    grant: Grant,
    columns: &'static [&'static str],
    embeds: &'static [Embeds],
}

/// Declares a privilege on the table of `T`.
pub const fn declared<T: Row>(privilege: Privilege, columns: &'static [&'static str]) -> Declared {
    Declared {
        grant: Grant {
            privilege,
            schema: T::SCHEMA,
            table: T::TABLE,
            columns,
        },
        columns: T::COLUMNS,
        embeds: T::EMBEDS,
    }
}

/// Returns the grants. `N` is their number.
pub const fn grants<const N: usize>(declared: &[Declared]) -> [Grant; N] {
    let nothing = Grant {
        privilege: Privilege::Select,
        schema: "",
        table: "",
        columns: &[],
    };
    let mut grants = [nothing; N];
    let mut at = 0;
    while at < N {
        grants[at] = declared[at].grant;
        at += 1;
    }
    grants
}

/// Returns the name of a column.
pub const fn column<T, V>(column: Column<T, V>) -> &'static str {
    column.name()
}

/// Checks that a role may read what the row at `position` requests: its columns, and the rows that it
/// embeds.
///
/// # Panics
///
/// At compile time, if it may not.
#[track_caller]
pub const fn check_reads(declared: &[Declared], position: usize) {
    let Declared {
        grant,
        columns,
        embeds,
    } = declared[position];
    check_embeds(declared, embeds);
    let Some(missing) = missing(declared, grant.schema, grant.table, columns) else {
        return;
    };
    let text = Text::new()
        .push("this row reads the column `")
        .push(missing)
        .push("`, which is not in the list: add it, or declare a row with only these columns");
    text.reject();
}

#[track_caller]
const fn check_embeds(declared: &[Declared], embeds: &[Embeds]) {
    let mut at = 0;
    while at < embeds.len() {
        let Embeds {
            schema,
            table,
            columns,
            embeds: inner,
            ..
        } = embeds[at];
        if !is_read(declared, schema, table) {
            let text = Text::new()
                .push("this row embeds rows of `")
                .push(table)
                .push("`, which the role may not read: add the row of that table to `select(…)`");
            text.reject();
        }
        if let Some(missing) = missing(declared, schema, table, columns) {
            let text = Text::new()
                .push("this row embeds rows of `")
                .push(table)
                .push("` with the column `")
                .push(missing)
                .push("`, which the role may not read: add it to the columns of that table");
            text.reject();
        }
        check_embeds(declared, inner);
        at += 1;
    }
}

/// Returns the first of `columns` that may not be read.
const fn missing(
    declared: &[Declared],
    schema: &str,
    table: &str,
    columns: &'static [&'static str],
) -> Option<&'static str> {
    let mut at = 0;
    while at < columns.len() {
        if !is_column_read(declared, schema, table, columns[at]) {
            return Some(columns[at]);
        }
        at += 1;
    }
    None
}

const fn is_column_read(declared: &[Declared], schema: &str, table: &str, column: &str) -> bool {
    let mut at = 0;
    while at < declared.len() {
        let grant = declared[at].grant;
        if reads(&grant, schema, table)
            && (grant.columns.is_empty() || contains(grant.columns, column))
        {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_read(declared: &[Declared], schema: &str, table: &str) -> bool {
    let mut at = 0;
    while at < declared.len() {
        if reads(&declared[at].grant, schema, table) {
            return true;
        }
        at += 1;
    }
    false
}

const fn reads(grant: &Grant, schema: &str, table: &str) -> bool {
    matches!(grant.privilege, Privilege::Select)
        && is_equal(grant.schema, schema)
        && is_equal(grant.table, table)
}

const fn contains(texts: &[&str], text: &str) -> bool {
    let mut at = 0;
    while at < texts.len() {
        if is_equal(texts[at], text) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A text that is put together at compile time.
struct Text {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Text {
    /// Enough for two names and the words around them.
    const LONGEST: usize = 512;

    const fn new() -> Self {
        Self {
            bytes: [0; Self::LONGEST],
            length: 0,
        }
    }

    /// Adds `text`, or nothing if it is too long.
    const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if self.length + text.len() > Self::LONGEST {
            return self;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    /// Stops the compiler with this text.
    #[track_caller]
    #[expect(clippy::panic, reason = "it runs at compile time alone")]
    const fn reject(&self) {
        panic!("{}", self.as_str());
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Joined UTF-8 is always valid.
            Err(_) => "",
        }
    }
}
