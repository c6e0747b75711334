//! The modules of `runtime/src`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item};

/// A file of `runtime/src`, by the path of its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Module(pub(crate) Vec<String>);

impl Module {
    /// The module directly in `runtime/src` that it is in.
    pub(crate) fn room(&self) -> &str {
        &self.0[0]
    }

    /// Whether it is in the folder of `other`.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }

    fn is_test(&self) -> bool {
        const SUPPORT: [&str; 4] = ["tests", "testing", "test_support", "error_log"];
        let is_test = |name: &String| SUPPORT.contains(&name.as_str()) || name.ends_with("_tests");
        self.0.iter().any(is_test)
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// The modules, and what each has in it without its tests.
pub(crate) struct Modules(pub(crate) BTreeMap<Module, Vec<Item>>);

impl Modules {
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
        let mut files = Vec::new();
        collect(&root, &mut files);
        let modules = files.iter().map(|file| (module_of(&root, file), file));
        Self(
            modules
                .filter(|(module, _)| !module.is_test() && module.room() != "bin")
                .map(|(module, file)| (module, items_of(file)))
                .collect(),
        )
    }

    /// The file that `path` is in, or in whose module it is.
    pub(crate) fn holding(&self, path: &[String]) -> Option<Module> {
        (1..=path.len()).rev().find_map(|length| {
            let module = Module(path[..length].to_vec());
            self.0.contains_key(&module).then_some(module)
        })
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(root: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(root).unwrap().with_extension("");
    let mut names: Vec<String> = path
        .components()
        .map(|name| name.as_os_str().to_str().unwrap().to_owned())
        .collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    Module(names)
}

fn items_of(file: &Path) -> Vec<Item> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut file =
        syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file.items
        .retain(|item| !attributes_of(item).iter().any(is_for_tests));
    file.items
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.meta.require_list().is_ok_and(|list| {
            let condition = list.tokens.to_string().replace(' ', "");
            ["test", "all(test", "doctest", "all(doctest"]
                .iter()
                .any(|test| condition == *test || condition.starts_with(&format!("{test},")))
        })
}
