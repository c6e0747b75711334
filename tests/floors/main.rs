//! The floors of `runtime/src`: a module knows only what lies below it. What docs/architecture.md says of them
//! is this list.

mod graph;
mod imports;
mod modules;

use std::collections::BTreeSet;

use self::graph::{Edge, Graph};
use self::modules::Modules;

/// The modules directly in `runtime/src`, from the highest floor to the lowest. Those of one floor do not know
/// each other.
const FLOORS: [&str; 14] = [
    "lib prelude",
    "cli",
    "local private",
    "setup",
    "task",
    "engine",
    "run",
    "supabase",
    "client sql",
    "config",
    "token",
    "auth",
    "debug jitter json literal reach suggest user_id",
    "lock",
];

/// Files of one room that know each other, and why.
const CIRCLES: [(&[&str], &str); 3] = [
    (
        &[
            "engine/attempt",
            "engine/backend",
            "engine/queue",
            "engine/registry",
            "engine/trigger_options",
            "engine/worker/plan",
            "engine/worker/scheduled",
        ],
        "a queue stores runs in a backend, a backend works through a plan, the plan's attempts trigger runs in the queue",
    ),
    (
        &["task/children", "task/context", "task/trigger"],
        "a context makes triggers, and a trigger of a child holds its parent's context",
    ),
    (
        &["cli/command", "cli/completions"],
        "`completions` is a command, and prints all commands",
    ),
];

/// Exported from above, because users know it by this path: a room that exports, a file above, and names of it.
const PUBLIC_PATHS: [(&str, &str, &[&str]); 3] = [
    ("engine", "task/children", &["TriggerAndWait"]),
    ("engine", "task/handle", &["RunHandle"]),
    ("engine", "task/trigger", &["Trigger", "TriggerBatch"]),
];

fn is_public_path(edge: &Edge) -> bool {
    edge.known.is_export
        && PUBLIC_PATHS.iter().any(|(room, file, names)| {
            edge.from.to_string() == *room
                && edge.to.to_string() == *file
                && names.contains(&edge.known.name.as_str())
        })
}

fn floor_of(room: &str) -> usize {
    let is_here = |floor: &str| floor.split(' ').any(|name| name == room);
    let position = FLOORS.iter().position(|floor| is_here(floor));
    position.unwrap_or_else(|| panic!("`{room}` is on no floor: add it to FLOORS"))
}

#[test]
fn a_module_knows_only_what_lies_below_it() {
    let graph = Graph::of(&Modules::read());
    assert!(graph.edges().count() > 500, "the sources were not read");
    let wrong: Vec<String> = graph
        .edges()
        .filter(|edge| {
            let (from, to) = (edge.from.room(), edge.to.room());
            from != to && floor_of(to) <= floor_of(from) && !is_public_path(edge)
        })
        .map(|edge| edge.to_string())
        .collect();
    assert!(wrong.is_empty(), "upwards:\n{}", wrong.join("\n"));
}

#[test]
fn files_of_a_room_form_only_the_circles_that_are_listed() {
    let circles: BTreeSet<Vec<String>> =
        Graph::of(&Modules::read()).circles().into_iter().collect();
    let listed: BTreeSet<Vec<String>> = CIRCLES
        .iter()
        .map(|(files, _)| files.iter().map(|file| (*file).to_owned()).collect())
        .collect();
    let new: Vec<_> = circles.difference(&listed).collect();
    assert!(new.is_empty(), "files that know each other: {new:#?}");
    let gone: Vec<_> = listed.difference(&circles).collect();
    assert!(
        gone.is_empty(),
        "no circle any more, remove it from CIRCLES: {gone:#?}"
    );
}

#[test]
fn the_documentation_shows_these_floors() {
    let document = include_str!("../../docs/architecture.md");
    let shown: Vec<&str> = document
        .split_once("<!-- floors -->\n\n```text\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("docs/architecture.md shows the floors")
        .0
        .lines()
        .filter_map(|line| line.split("  ").next())
        .map(str::trim)
        .collect();
    assert_eq!(shown, FLOORS);
}
