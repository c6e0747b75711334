//! Which file knows which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::imports::imports_of;
use crate::modules::{Module, Modules};

/// That one file knows another, and by what name.
pub(crate) struct Edge {
    pub(crate) from: Module,
    pub(crate) to: Module,
    pub(crate) known: Known,
}

/// By what name, and whether only to export it.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) is_export: bool,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} knows `{}` of {}",
            self.from, self.known.name, self.to
        )
    }
}

pub(crate) struct Graph(BTreeMap<Module, BTreeMap<Module, Known>>);

impl Graph {
    pub(crate) fn of(modules: &Modules) -> Self {
        let imports: Vec<_> = modules
            .0
            .iter()
            .flat_map(|(module, items)| {
                let imports = imports_of(module, items).into_iter();
                imports.map(move |import| (module, import))
            })
            .collect();
        // What is exported of other crates hides no module of this one.
        let exports: BTreeMap<_, _> = imports
            .iter()
            .filter(|(_, import)| modules.holding(&import.path).is_some())
            .filter_map(|(_, import)| Some((import.exported_as.clone()?, import.path.clone())))
            .collect();
        let mut graph: BTreeMap<Module, BTreeMap<Module, Known>> = BTreeMap::new();
        for (from, import) in imports {
            let known = Known {
                name: import.path.last().cloned().unwrap_or_default(),
                is_export: import.exported_as.is_some(),
            };
            match modules.holding(&defined_at(import.path, &exports)) {
                Some(to) if to != *from => {
                    let known_before = graph.entry(from.clone()).or_default().entry(to);
                    // That it is used counts more than that it is exported.
                    let kept = known_before.or_insert_with(|| known.clone());
                    if kept.is_export && !known.is_export {
                        *kept = known;
                    }
                }
                _ => {}
            }
        }
        Self(graph)
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> {
        self.0.iter().flat_map(|(from, known)| {
            known.iter().map(|(to, known)| Edge {
                from: from.clone(),
                to: to.clone(),
                known: known.clone(),
            })
        })
    }

    /// Files that know each other, directly or through others. That a folder's own module knows the files in it is
    /// no part of a circle.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> = self
            .0
            .keys()
            .map(|from| (from, self.reached_from(from)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, beyond) in &reached {
            let circle: Vec<String> = beyond
                .iter()
                .filter(|other| {
                    reached
                        .get(*other)
                        .is_some_and(|back| back.contains(module))
                })
                .map(ToString::to_string)
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    fn reached_from<'a>(&'a self, from: &'a Module) -> BTreeSet<&'a Module> {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(module) = next.pop() {
            for (known, how) in self.0.get(module).into_iter().flatten() {
                if !how.is_export && !known.is_in(module) && reached.insert(known) {
                    next.push(known);
                }
            }
        }
        reached
    }
}

/// The path of what a path names, where it is defined.
fn defined_at(mut path: Vec<String>, exports: &BTreeMap<Vec<String>, Vec<String>>) -> Vec<String> {
    for _ in 0..10 {
        let exported = (1..=path.len()).rev().find_map(|length| {
            let original = exports.get(&path[..length])?;
            (original[..] != path[..length])
                .then(|| original.iter().chain(&path[length..]).cloned().collect())
        });
        match exported {
            Some(original) => path = original,
            None => break,
        }
    }
    path
}
