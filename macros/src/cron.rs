//! Explains what is wrong with a cron expression. The grammar is that of `croner`, which also
//! computes the times when the task runs.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// A field of a cron expression: its name and its values.
struct Field {
    name: &'static str,
    values: &'static str,
    /// The smallest and the largest number.
    range: (u16, u16),
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        values: "0 to 59",
        range: (0, 59),
    },
    Field {
        name: "hour",
        values: "0 to 23",
        range: (0, 23),
    },
    Field {
        name: "day of the month",
        values: "1 to 31, `L` for the last one",
        range: (1, 31),
    },
    Field {
        name: "month",
        values: "1 to 12 or `JAN` to `DEC`",
        range: (1, 12),
    },
    Field {
        name: "day of the week",
        values: "0 to 7 (0 and 7 are Sunday) or `SUN` to `SAT`",
        range: (0, 7),
    },
];

/// The longest each month can be.
const DAYS: [u16; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Checks a cron expression. The error says what is wrong with it.
pub(crate) fn check(line: &str) -> Result<(), String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.is_empty() {
        return Err("the schedule is empty: write a cron line, as in `0 3 * * *`".to_owned());
    }
    if line.contains('@') {
        return check_nickname(line.trim());
    }
    if let Some(message) = wrong_count(&fields) {
        return Err(message);
    }
    for (position, field) in fields.iter().enumerate() {
        check_field(position, field)?;
    }
    let cron = parse(line).map_err(|error| format!("this is not a cron expression: {error}"))?;
    match can_fire(&cron) {
        true => Ok(()),
        false => Err(format!(
            "this schedule never comes: month `{}` has no day `{}`",
            fields[3], fields[2]
        )),
    }
}

fn parse(line: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(line)
}

fn check_nickname(line: &str) -> Result<(), String> {
    parse(line).map(drop).map_err(|_| {
        format!(
            "unknown nickname `{}`: write `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`, \
             or five fields, as in `0 3 * * *`",
            line.escape_debug()
        )
    })
}

/// The message for more or fewer than five fields.
fn wrong_count(fields: &[&str]) -> Option<String> {
    const FIVE: &str = "minute, hour, day of the month, month, day of the week";
    match fields.len() {
        5 => None,
        6 => Some(format!(
            "a schedule has no seconds: leave out the first of the six fields and write `{}` \
             ({FIVE})",
            fields[1..].join(" ").escape_debug()
        )),
        7 => Some(format!(
            "a schedule has no seconds and no year: leave out the first and the last of the seven \
             fields and write `{}` ({FIVE})",
            fields[1..6].join(" ").escape_debug()
        )),
        count => Some(format!(
            "a schedule has five fields, this one has {count}: {FIVE}, as in `0 3 * * *`"
        )),
    }
}

/// Checks one field by itself, so that the error can name it.
fn check_field(position: usize, field: &str) -> Result<(), String> {
    let Field {
        name,
        values,
        range: (smallest, largest),
    } = &FIELDS[position];
    let shown = field.escape_debug();
    if field.split(',').any(str::is_empty) {
        return Err(format!(
            "the {name} `{shown}` has a comma with nothing beside it: write a list as `1,2`"
        ));
    }
    if is_right(position, field) {
        return Ok(());
    }
    let number = |text: &str| text.parse::<u16>().ok();
    let steps = field
        .split_once('/')
        .map(|(start, step)| (start, number(start), number(step)));
    // Two valid values make an invalid range only if they are in the wrong order.
    let is_value = |text: &str| text.chars().all(char::is_alphanumeric) && is_right(position, text);
    let backwards = field
        .split_once('-')
        .filter(|(start, end)| is_value(start) && is_value(end));
    Err(match (steps, backwards) {
        (Some((_, _, Some(0))), _) => {
            format!("the {name} `{shown}` has steps of 0: write `*/5` for every fifth one")
        }
        (Some(("", _, Some(step))), _) => {
            format!("the {name} `{shown}` has steps from nowhere: write `*/{step}`")
        }
        (Some((_, Some(start), Some(step))), _) if start < *largest => {
            format!(
                "the {name} `{shown}` has steps without an end: write `{start}-{largest}/{step}`"
            )
        }
        (None, Some((start, end))) => format!(
            "the {name} `{shown}` goes backwards: write `{start}-{largest},{smallest}-{end}`"
        ),
        _ => format!(
            "the {name} `{shown}` is wrong: write {values}, `*` for every one, `1,2` for a list, `1-5` \
             for a range, or `*/2` for every second one"
        ),
    })
}

fn is_right(position: usize, field: &str) -> bool {
    let mut line = ["*"; 5];
    line[position] = field;
    parse(&line.join(" ")).is_ok()
}

/// Whether any day matches the expression. A day of the week always comes.
fn can_fire(cron: &Cron) -> bool {
    let pattern = &cron.pattern;
    let needs_day = pattern.is_dow_wildcard() || pattern.matches_dom_and_dow();
    let days = pattern.days.values();
    !needs_day
        || pattern.days.has_modifiers()
        || pattern.months.values().into_iter().any(|month| {
            let longest = DAYS.get(usize::from(month).saturating_sub(1));
            longest.is_some_and(|longest| days.iter().any(|day| day <= longest))
        })
}
