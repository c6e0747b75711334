use super::*;

fn schedule(line: &'static str, timezone: &'static str) -> Schedule {
    let options = ScheduleOptions::cron(line).timezone(timezone);
    Schedule::new("sweep", &options).unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The ticks from one instant until before another, in the zone's local time. Also checks that looking
/// back gives the same ticks.
fn ticks(line: &'static str, timezone: &'static str, from: &str, to: &str) -> Vec<String> {
    let schedule = schedule(line, timezone);
    let (from, to) = (time(from), time(to));
    let before = from - chrono::TimeDelta::nanoseconds(1);
    let after = |at: &DateTime<Utc>| schedule.next_after(*at);
    let ticks: Vec<_> = std::iter::successors(after(&before), after)
        .take_while(|at| *at < to)
        .collect();
    let previous = |at: DateTime<Utc>| schedule.latest(at - chrono::TimeDelta::nanoseconds(1));
    let mut back: Vec<_> = std::iter::successors(previous(to), |at| previous(*at))
        .take_while(|at| *at >= from)
        // One more than there can be, in case the search never ends.
        .take(ticks.len() + 1)
        .collect();
    back.reverse();
    assert_eq!(ticks, back, "{line} {timezone}");
    let shown = |at: DateTime<Utc>| at.with_timezone(&schedule.timezone).fixed_offset();
    ticks
        .into_iter()
        .map(|at| shown(at).format("%dT%H:%M%:z").to_string())
        .collect()
}

#[test]
fn the_times_are_those_of_the_time_zone() {
    let berlin = schedule("0 3 * * *", "Europe/Berlin");
    let next = berlin.next_after(time("2026-07-01T01:00:00Z"));
    assert_eq!(next, Some(time("2026-07-02T01:00:00Z")));
    let next = berlin.next_after(time("2026-12-01T01:00:00Z"));
    assert_eq!(next, Some(time("2026-12-01T02:00:00Z")));
}

#[test]
fn a_time_that_the_clock_leaves_out_is_run_once_after_the_gap() {
    let berlin = |line| {
        ticks(
            line,
            "Europe/Berlin",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
        )
    };
    for line in [
        "30 2 * * *",
        "0,30 2 * * *",
        "*/15 2 * * *",
        "* 2 * * *",
        "30 2 29 3 *",
    ] {
        assert_eq!(berlin(line), ["29T03:00+02:00"], "{line}");
    }
    assert_eq!(
        berlin("30 1,2,3 * * *"),
        ["29T01:30+01:00", "29T03:00+02:00", "29T03:30+02:00"]
    );
    // The skipped 2:00 is made up for when 3:00 is due: one run.
    assert_eq!(
        berlin("0 1-4 * * *"),
        ["29T01:00+01:00", "29T03:00+02:00", "29T04:00+02:00"]
    );
    assert_eq!(
        berlin("0 */2 * * *")[..3],
        ["29T00:00+01:00", "29T03:00+02:00", "29T04:00+02:00"]
    );
    let new_york = |line| {
        ticks(
            line,
            "America/New_York",
            "2026-03-08T05:00:00Z",
            "2026-03-09T04:00:00Z",
        )
    };
    for line in ["30 2 * * *", "0,30 2 * * *", "*/15 2 * * *"] {
        assert_eq!(new_york(line), ["08T03:00-04:00"], "{line}");
    }
}

#[test]
fn a_time_that_comes_twice_is_run_the_first_time() {
    let berlin = |line| {
        ticks(
            line,
            "Europe/Berlin",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        )
    };
    assert_eq!(berlin("30 2 * * *"), ["25T02:30+02:00"]);
    assert_eq!(berlin("0,30 2 * * *"), ["25T02:00+02:00", "25T02:30+02:00"]);
    assert_eq!(
        berlin("*/20 2,3 * * *")[1..4],
        ["25T02:20+02:00", "25T02:40+02:00", "25T03:00+01:00"]
    );
    assert_eq!(berlin("* 2 * * *").len(), 60);
    let new_york = |line| {
        ticks(
            line,
            "America/New_York",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        )
    };
    assert_eq!(new_york("30 1 * * *"), ["01T01:30-04:00"]);
    assert_eq!(
        new_york("0,30 1 * * *"),
        ["01T01:00-04:00", "01T01:30-04:00"]
    );
}

#[test]
fn what_is_run_every_hour_goes_on_in_real_time() {
    let forward = |line| {
        ticks(
            line,
            "Europe/Berlin",
            "2026-03-29T00:00:00Z",
            "2026-03-29T02:00:00Z",
        )
    };
    let back = |line| {
        ticks(
            line,
            "Europe/Berlin",
            "2026-10-24T23:00:00Z",
            "2026-10-25T03:00:00Z",
        )
    };
    for line in ["0 * * * *", "0 0-23 * * *", "0 */1 * * *", "@hourly"] {
        assert_eq!(
            forward(line),
            ["29T01:00+01:00", "29T03:00+02:00"],
            "{line}"
        );
        assert_eq!(
            back(line),
            [
                "25T01:00+02:00",
                "25T02:00+02:00",
                "25T02:00+01:00",
                "25T03:00+01:00"
            ],
            "{line}"
        );
    }
    assert_eq!(forward("*/15 * * * *").len(), 8);
    assert_eq!(back("*/15 * * * *").len(), 16);
    assert_eq!(back("* * * * *").len(), 4 * 60);
}

#[test]
fn a_shift_of_half_an_hour_is_no_different() {
    let forward = |line| {
        ticks(
            line,
            "Australia/Lord_Howe",
            "2026-10-03T13:30:00Z",
            "2026-10-04T12:30:00Z",
        )
    };
    for line in ["15 2 * * *", "0,15 2 * * *"] {
        assert_eq!(forward(line), ["04T02:30+11:00"], "{line}");
    }
    assert_eq!(
        forward("*/15 2 * * *"),
        ["04T02:30+11:00", "04T02:45+11:00"]
    );
    let back = |line| {
        ticks(
            line,
            "Australia/Lord_Howe",
            "2026-04-04T13:00:00Z",
            "2026-04-05T13:30:00Z",
        )
    };
    assert_eq!(back("0,45 1 * * *"), ["05T01:00+11:00", "05T01:45+11:00"]);
    assert_eq!(
        back("*/15 0-22 * * *")[6..9],
        ["05T01:30+11:00", "05T01:45+11:00", "05T02:00+10:30"]
    );
    assert_eq!(
        back("*/15 * * * *")[6..11],
        [
            "05T01:30+11:00",
            "05T01:45+11:00",
            "05T01:30+10:30",
            "05T01:45+10:30",
            "05T02:00+10:30"
        ]
    );
}

#[test]
fn a_day_that_begins_with_a_gap_is_not_left_without_a_run() {
    let days = [
        (
            "Africa/Cairo",
            "2026-04-23T22:00:00Z",
            "2026-04-24T21:00:00Z",
            "24T01:00+03:00",
        ),
        (
            "Asia/Beirut",
            "2026-03-28T22:00:00Z",
            "2026-03-29T21:00:00Z",
            "29T01:00+03:00",
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04T03:00:00Z",
            "2018-11-05T02:00:00Z",
            "04T01:00-02:00",
        ),
    ];
    for (timezone, from, to, first) in days {
        for line in ["0 0 * * *", "*/15 0 * * *", "0 */24 * * *", "@daily"] {
            assert_eq!(
                ticks(line, timezone, from, to),
                [first],
                "{line} {timezone}"
            );
        }
    }
}

#[test]
fn an_hour_before_midnight_that_comes_twice_is_run_once() {
    let cairo = |line| {
        ticks(
            line,
            "Africa/Cairo",
            "2026-10-28T21:00:00Z",
            "2026-10-30T22:00:00Z",
        )
    };
    assert_eq!(cairo("30 23 * * *"), ["29T23:30+03:00", "30T23:30+02:00"]);
    assert_eq!(cairo("0 0 * * *"), ["29T00:00+03:00", "30T00:00+02:00"]);
}

#[test]
fn a_gap_of_three_hours_or_of_a_day_ends_no_schedule() {
    let casey = ticks(
        "0 1 * * *",
        "Antarctica/Casey",
        "2021-10-02T13:00:00Z",
        "2021-10-03T13:00:00Z",
    );
    assert_eq!(casey, ["03T03:01+11:00"]);
    // Samoa crossed the date line and skipped 30 December.
    let apia = ticks(
        "0 3 * * *",
        "Pacific/Apia",
        "2011-12-29T10:00:00Z",
        "2011-12-31T10:00:00Z",
    );
    assert_eq!(apia, ["29T03:00-10:00", "31T00:00+14:00", "31T03:00+14:00"]);
}

#[test]
fn a_line_that_has_no_time_ends() {
    for line in ["0 0 30 2 *", "* * 31 4,6 *"] {
        let never = schedule(line, "Europe/Berlin");
        assert_eq!(never.next_after(time("2026-01-01T00:00:00Z")), None);
        let due = time("2026-01-01T00:00:00Z");
        assert_eq!(never.latest_due(due, time("2026-02-01T00:00:00Z")), due);
    }
    let leap = schedule("0 0 29 2 *", "UTC");
    let next = leap.next_after(time("2096-03-01T00:00:00Z"));
    assert_eq!(next, Some(time("2104-02-29T00:00:00Z")));
}

#[test]
fn of_missed_times_the_last_one_is_due() {
    let hourly = schedule("0 * * * *", "UTC");
    let due = time("2026-01-01T10:00:00Z");
    let latest = |now| hourly.latest_due(due, time(now));
    assert_eq!(latest("2026-01-01T09:00:00Z"), due);
    assert_eq!(latest("2026-01-01T10:00:00Z"), due);
    assert_eq!(latest("2026-01-01T10:59:00Z"), due);
    assert_eq!(latest("2026-01-01T13:20:00Z"), time("2026-01-01T13:00:00Z"));
}

#[test]
fn a_tick_tells_what_is_around_it() {
    let at = time("2026-01-01T10:00:00Z");
    let tick = schedule("0 * * * *", "UTC").tick(at, None);
    assert_eq!((tick.timestamp, tick.last_timestamp), (at, None));
    assert_eq!(tick.upcoming.len(), 5);
    assert_eq!(tick.upcoming.first(), Some(&time("2026-01-01T11:00:00Z")));
}

#[test]
fn what_cannot_be_read_is_told_with_the_task() {
    let error = |line, timezone| {
        let options = ScheduleOptions::cron(line).timezone(timezone);
        Schedule::new("sweep", &options).unwrap_err()
    };
    assert_eq!(
        error("0 3 * * *", "Europe/Berlim"),
        "unknown time zone `Europe/Berlim` of task `sweep`: write `Europe/Berlin`"
    );
    // Seconds are refused here, as they are by the attribute.
    for line in ["0 25 * * *", "0 0 3 * * *", ""] {
        let error = error(line, "UTC");
        assert!(error.contains("task `sweep` is not a cron line"), "{error}");
    }
}
