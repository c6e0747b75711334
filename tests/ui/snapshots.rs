//! Rules that hold for every snapshot.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 14] = [
    "attr",
    "signature",
    "auth",
    "payload",
    "body",
    "rows",
    "roles",
    "options/duration",
    "options/hooks",
    "options/key",
    "options/priority",
    "options/queue",
    "options/retry",
    "options/schedule",
];

/// A case and its snapshot.
struct Case {
    name: String,
    source: String,
    stderr: String,
}

impl Case {
    /// The first lines of errors. trybuild leaves out rustc's count at the end.
    fn errors(&self) -> impl Iterator<Item = &str> {
        self.stderr.lines().filter(|line| line.starts_with("error"))
    }

    /// The number in the header.
    fn announced(&self) -> Option<usize> {
        self.source
            .lines()
            .next()?
            .strip_prefix("//~ errors: ")?
            .parse()
            .ok()
    }
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<Case> = FOLDERS
        .iter()
        .flat_map(|folder| files(&root.join(folder)))
        .filter(|path| path.extension() == Some(OsStr::new("rs")))
        .map(|path| Case {
            name: path
                .strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string(),
            source: read(&path),
            stderr: read(&path.with_extension("stderr")),
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries
        .map(|entry| entry.expect("a folder entry can be read").path())
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with one line for each case for which `complaint` returns a text.
#[track_caller]
fn for_each_case(complaint: impl Fn(&Case) -> Option<String>) {
    let complaints: Vec<String> = cases()
        .iter()
        .filter_map(|case| complaint(case).map(|text| format!("{}: {text}", case.name)))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn there_are_enough_cases() {
    assert!(cases().len() >= 55, "{} cases", cases().len());
    for folder in FOLDERS {
        let prefix = format!("{folder}/");
        assert!(
            cases().iter().any(|case| case.name.starts_with(&prefix)),
            "none in {folder}"
        );
    }
}

#[test]
fn every_case_gives_the_errors_it_announces() {
    for_each_case(|case| {
        let Some(announced) = case.announced() else {
            return Some("the first line must be `//~ errors: N`".to_owned());
        };
        let found = case.errors().count();
        (found != announced || found == 0)
            .then(|| format!("announces {announced} errors, its snapshot has {found}"))
    });
}

#[test]
fn no_error_speaks_of_generated_code() {
    for_each_case(|case| {
        let inner = ["__private", "__p", "__request", "__argument", "TaskRequest"];
        // One case is about `TaskRequest` itself, which is public.
        let inner = inner.into_iter().filter(|word| !case.source.contains(word));
        inner
            .flat_map(|word| case.errors().filter(move |line| line.contains(word)))
            .map(str::to_owned)
            .next()
    });
}

/// Quotations would differ with the installed components.
#[test]
fn no_snapshot_quotes_the_standard_library() {
    for_each_case(|case| {
        case.stderr
            .contains("$RUST")
            .then(|| "quotes `$RUST`".to_owned())
    });
}

#[test]
fn no_snapshot_is_left_without_its_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in FOLDERS.iter().flat_map(|folder| files(&root.join(folder))) {
        assert!(
            path.with_extension("rs").exists(),
            "{} has no case",
            path.display()
        );
    }
}
