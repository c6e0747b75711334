//! What a developer sees: the exact errors of wrong tasks and rows, and the forms that compile.
//!
//! Each file in `attr`, `signature`, `auth`, `payload`, `body`, `options`, `query`, `rows` and `roles`
//! shows one mistake and begins with `//~ errors: N`. Its `.stderr` is what rustc prints on the toolchain
//! of `rust-toolchain.toml`. After a change, update the snapshots with `TRYBUILD=overwrite cargo
//! test -p supabase-task-ui-tests`, read each as a developer would, and run the tests once more
//! without it.

mod snapshots;

#[test]
fn attr() {
    compile_fail("attr");
}

#[test]
fn signature() {
    compile_fail("signature");
}

#[test]
fn auth() {
    compile_fail("auth");
}

#[test]
fn payload() {
    compile_fail("payload");
}

#[test]
fn body() {
    compile_fail("body");
}

#[test]
fn rows() {
    compile_fail("rows");
}

#[test]
fn query() {
    compile_fail("query");
}

#[test]
fn roles() {
    compile_fail("roles");
}

#[test]
fn options() {
    for folder in [
        "duration", "hooks", "key", "priority", "queue", "retry", "schedule",
    ] {
        compile_fail(&format!("options/{folder}"));
    }
}

/// Compiles the valid forms and runs each: its `main` asserts what it shows.
#[test]
fn pass() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

fn compile_fail(folder: &str) {
    trybuild::TestCases::new().compile_fail(format!("{folder}/*.rs"));
}
