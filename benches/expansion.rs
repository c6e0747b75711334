//! What `#[supabase_task]` adds to the time of `cargo check`, next to `#[tracing::instrument]` on
//! the same functions.
//!
//! Writes three crates that differ only in the attribute, and checks each repeatedly, with only its
//! `main.rs` to compile.

mod support;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Series, Whose, measure};

const FNS: usize = 200;
const ROUNDS: usize = 7;

#[derive(Clone, Copy)]
struct Variant {
    name: &'static str,
    attribute: &'static str,
}

const VARIANTS: [Variant; 3] = [
    Variant {
        name: "plain",
        attribute: "",
    },
    Variant {
        name: "instrument",
        attribute: "#[tracing::instrument(skip_all)]",
    },
    Variant {
        name: "task",
        attribute: r#"#[supabase_task(auth = "user")]"#,
    },
];

fn main() {
    if !support::is_asked_to_measure() {
        return;
    }
    let workspace = Workspace::write();
    println!("checking the dependencies, once");
    for variant in VARIANTS {
        succeed_in_checking(&mut workspace.check(variant), variant);
    }

    println!("{ROUNDS} rounds of three crates with {FNS} fns each");
    let mut series = VARIANTS.map(|_| Series::new());
    for round in 0..ROUNDS {
        for turn in 0..VARIANTS.len() {
            // Each variant is first, second and last equally often.
            let index = (round + turn) % VARIANTS.len();
            let variant = VARIANTS[index];
            workspace.write_main(variant);
            let mut check = workspace.check(variant);
            series[index].push(measure(Whose::FinishedChildren, || {
                succeed_in_checking(&mut check, variant);
            }));
        }
    }

    let [plain, instrument, task] = &series;
    println!("\n{:<12}{:>10}{:>16}", "", "wall", "processor");
    for (variant, series) in VARIANTS.iter().zip(&series) {
        println!(
            "{:<12}{:>8.3} s{:>14.3} s",
            variant.name,
            series.wall(),
            series.processor()
        );
    }
    for (name, peer) in [("instrument", instrument), ("plain", plain)] {
        println!(
            "task / {name}: {:.2} of wall time, {:.2} of processor time",
            task.wall_ratio(peer),
            task.processor_ratio(peer)
        );
    }
    println!(
        "one attribute: task {:.2} ms, instrument {:.2} ms",
        (task.wall() - plain.wall()) / FNS as f64 * 1e3,
        (instrument.wall() - plain.wall()) / FNS as f64 * 1e3
    );
}

/// The folder of the three crates. It is kept, so that the dependencies are checked once.
struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    fn write() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expansion");
        let workspace = Self { folder };
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
        let members = VARIANTS.map(|variant| format!("{:?}", variant.name));
        let root = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            members.join(", ")
        );
        for variant in VARIANTS {
            let name = variant.name;
            fs::create_dir_all(workspace.folder.join(name).join("src")).expect("a folder");
            let manifest = format!(
                "[package]\nname = {name:?}\nedition = \"2024\"\n\n[dependencies]\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\
                 supabase-task = {{ path = {runtime:?} }}\n\
                 tracing = \"0.1\"\n"
            );
            workspace.write_file(&format!("{name}/Cargo.toml"), &manifest);
            workspace.write_main(variant);
        }
        workspace.write_file("Cargo.toml", &root);
        // The versions that this library is tested with.
        if let Ok(lock) = fs::read_to_string(runtime.join("../Cargo.lock")) {
            workspace.write_file("Cargo.lock", &lock);
        }
        workspace
    }

    fn write_main(&self, variant: Variant) {
        self.write_file(
            &format!("{}/src/main.rs", variant.name),
            &source(variant.attribute),
        );
    }

    fn write_file(&self, path: &str, text: &str) {
        fs::write(self.folder.join(path), text).expect("the file is written");
    }

    fn check(&self, variant: Variant) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["check", "--jobs=1", "--package", variant.name])
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .current_dir(&self.folder);
        command
    }
}

fn succeed_in_checking(check: &mut Command, variant: Variant) {
    let said = support::succeed(check);
    assert!(
        said.contains(&format!("Checking {} ", variant.name)),
        "nothing was checked:\n{said}"
    );
    assert!(!said.contains("warning"), "{said}");
}

/// A program of [`FNS`] functions with a payload of their own, a client and one query each.
fn source(attribute: &str) -> String {
    let mut source = String::from(
        "#![allow(dead_code)]\n\
         use serde::{Deserialize, Serialize};\n\
         use supabase_task::prelude::*;\n\n\
         fn main() {}\n\n\
         #[derive(Serialize, Deserialize)]\n\
         pub struct Todo { pub id: i64, pub title: String, pub done: bool }\n",
    );
    for number in 1..=FNS {
        write!(
            source,
            r#"
#[derive(Serialize, Deserialize)]
pub struct AddTodo{number} {{ pub user_id: UserId, pub title: String, pub priority: Option<u32> }}

/// Adds a todo as the user who asked for it.
{attribute}
pub async fn add_todo_{number}(payload: AddTodo{number}, supabase: UserClient) -> TaskResult<Todo> {{
    let row = json!({{
        "user_id": payload.user_id, "title": payload.title, "priority": payload.priority,
    }});
    let todo = supabase
        .from("todos")
        .insert(&row)
        .select("id,title,done")
        .single::<Todo>()
        .await?;
    Ok(todo)
}}
"#
        )
        .expect("a String takes everything");
    }
    source
}
