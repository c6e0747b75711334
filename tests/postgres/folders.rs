//! The temporary folders of a stack: no other account can open them, and none outlives its process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use supabase_task::LocalSupabase;

/// How a process that a test has started ends.
const END: &str = "SUPABASE_TASK_TESTS_END";

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What the processes of the test below run: starts a stack, and ends or waits to be killed.
#[tokio::test]
async fn a_stack_of_a_process() {
    let Ok(end) = std::env::var(END) else { return };
    let stack = LocalSupabase::builder().start().await.unwrap();
    println!("started: {}", stack.url());
    match end.as_str() {
        "shutdown" => stack.shutdown().await.unwrap(),
        "drop" => drop(stack),
        "forget" => std::mem::forget(stack),
        _ => std::future::pending().await,
    }
}

#[test]
fn folders_are_private_and_go_with_the_process_however_it_ends() {
    for server in ["installed", "embedded"] {
        for end in ["shutdown", "drop", "forget", "kill"] {
            let temporary = tempfile::tempdir().unwrap();
            // As the system's temporary folder: the server may run as another account.
            fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o1777)).unwrap();
            let mut process = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "folders::a_stack_of_a_process", "--nocapture"])
                .env(END, end)
                .env("SUPABASE_TASK_POSTGRES", server)
                .env("TMPDIR", temporary.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let is_started = lines.any(|line| line.unwrap().contains("started: "));
            assert!(is_started, "{server}, {end}");
            if end == "kill" {
                let folders = entries(temporary.path());
                assert!(!folders.is_empty());
                for folder in &folders {
                    let mode = fs::metadata(folder).unwrap().permissions().mode();
                    assert_eq!(mode & 0o777, 0o700, "{server}: {folder:?}");
                }
                process.kill().unwrap();
            }
            assert_eq!(process.wait().unwrap().success(), end != "kill");
            let began = Instant::now();
            while !entries(temporary.path()).is_empty() {
                let left = entries(temporary.path());
                assert!(
                    began.elapsed() < Duration::from_secs(60),
                    "{server}, {end}: {left:?}"
                );
                std::thread::yield_now();
            }
        }
    }
}
