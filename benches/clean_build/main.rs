//! What a clean build of the README's first program costs, and how large the program is, next to the same
//! request with reqwest and jsonwebtoken by hand.

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Series, Whose, measure};

const ROUNDS: usize = 3;

const SHARED: &str = r#"
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
"#;

const BY_HAND: &str = r#"
jsonwebtoken = { version = "11", features = ["aws_lc_rs"] }
reqwest = { version = "0.13", features = ["json"] }
"#;

fn main() {
    if !support::is_asked_to_measure() {
        return;
    }
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let task = Program::write(
        "task",
        &format!("supabase-task = {{ path = {runtime:?} }}"),
        &first_program(&runtime.join("../README.md")),
    );
    let by_hand = Program::write("by_hand", BY_HAND, include_str!("by_hand.rs"));
    let (mut tasks, mut by_hands) = (Series::new(), Series::new());
    for round in 0..ROUNDS {
        let mut turns = [(&task, &mut tasks), (&by_hand, &mut by_hands)];
        if round % 2 == 1 {
            turns.reverse();
        }
        for (program, series) in turns {
            program.clean();
            series.push(measure(Whose::FinishedChildren, || program.build(&[])));
        }
    }
    println!(
        "clean build, medians of {ROUNDS}\n{:<8}{:>12}{:>10}",
        "", "processor", "wall"
    );
    for (name, series) in [("task", &tasks), ("by hand", &by_hands)] {
        println!(
            "{name:<8}{:>10.1} s{:>8.1} s",
            series.processor(),
            series.wall()
        );
    }
    let (processor, wall) = (
        tasks.processor_ratio(&by_hands),
        tasks.wall_ratio(&by_hands),
    );
    println!("ratio   {processor:>12.2}{wall:>10.2}");

    let [task, by_hand] = [task, by_hand].map(|program| {
        program.build(&["--release"]);
        program.size()
    });
    println!("\nstripped release build");
    println!("task     {:>8.2} MB", task as f64 / 1e6);
    println!("by hand  {:>8.2} MB", by_hand as f64 / 1e6);
    println!("ratio    {:>8.2}", task as f64 / by_hand as f64);
}

/// Returns the first Rust example of the README.
fn first_program(readme: &Path) -> String {
    let readme = fs::read_to_string(readme).expect("the README is there");
    let program = readme.split("```rust").nth(1).expect("it has an example");
    let lines = program.lines().skip(1).take_while(|line| *line != "```");
    lines.map(|line| format!("{line}\n")).collect()
}

/// A program in a package of its own.
struct Program {
    folder: PathBuf,
    name: &'static str,
}

impl Program {
    fn write(name: &'static str, dependencies: &str, source: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("clean_build")
            .join(name);
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let manifest = format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\n{dependencies}\n{SHARED}\n[profile.release]\nstrip = true\n"
        );
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        // The versions that this library is tested with, so that both programs have the same.
        fs::copy(lock, folder.join("Cargo.lock")).expect("the versions are copied");
        fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest is written");
        fs::write(folder.join("src/main.rs"), source).expect("the program is written");
        let program = Self { folder, name };
        support::succeed(&mut program.cargo("fetch"));
        program
    }

    fn cargo(&self, command: &str) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        cargo
            .arg(command)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .current_dir(&self.folder);
        cargo
    }

    fn clean(&self) {
        let target = self.folder.join("target");
        if target.exists() {
            fs::remove_dir_all(target).expect("an empty target folder");
        }
    }

    fn build(&self, arguments: &[&str]) {
        support::succeed(self.cargo("build").args(arguments));
    }

    fn size(&self) -> u64 {
        let program = self.folder.join("target/release").join(self.name);
        let program = program.with_extension(std::env::consts::EXE_EXTENSION);
        fs::metadata(program).expect("the program is built").len()
    }
}
