//! Compares the requests of this crate's clients with those that supabase-js 2.119 sends for the
//! same call.
//!
//! `supabase-js-requests.json` was recorded from supabase-js; each of its cases has a call of ours
//! of the same name in the file of its area. Intended differences are listed in `differences.rs`,
//! with the reason.
//!
//! To add an area, add a file with `calls()` and name it in `ours()`.

mod auth_admin;
mod calls;
mod canonical;
mod cases;
mod clients;
mod differences;
mod functions;
mod grammar;
mod keys;
mod postgrest;
mod rpc;
mod storage;
mod write;

use std::collections::BTreeSet;

use supabase_task_tests::Recorder;

use calls::Calls;
use canonical::Canonical;
use cases::cases;
use clients::Clients;
use differences::{Difference, differences};

fn ours() -> Calls {
    let mut calls = Calls::default();
    calls.extend(postgrest::calls());
    calls.extend(write::calls());
    calls.extend(rpc::calls());
    calls.extend(keys::calls());
    calls.extend(functions::calls());
    calls.extend(auth_admin::calls());
    calls.extend(storage::calls());
    calls
}

#[test]
fn every_case_has_a_call_and_every_call_a_case() {
    let recorded: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let mut called = BTreeSet::new();
    for name in ours().names() {
        assert!(called.insert(name.to_owned()), "two calls named {name}");
    }
    let missing: Vec<_> = recorded.difference(&called).collect();
    let unknown: Vec<_> = called.difference(&recorded).collect();
    assert!(missing.is_empty(), "cases without a call: {missing:?}");
    assert!(unknown.is_empty(), "calls without a case: {unknown:?}");
    for Difference { case, .. } in differences() {
        assert!(recorded.contains(case), "a difference of no case: {case}");
    }
}

#[tokio::test]
async fn every_request_is_supabase_js_s() {
    let recorder = Recorder::start().await;
    let clients = Clients::new(recorder.url());
    let cases = cases();
    let differences = differences();

    let mut failures = String::new();
    let mut compared = 0;
    for (name, call) in ours() {
        let case = cases.iter().find(|case| case.name == name);
        let Some(case) = case else {
            continue; // The test above says so.
        };
        recorder.take();
        let outcome = call(&clients).await;
        let sent: Vec<_> = recorder
            .take()
            .iter()
            .map(|request| Canonical::of_ours(request, &clients))
            .collect();

        let recorded = case.requests();
        let difference = differences.iter().find(|known| known.case == name);
        let expected = match difference {
            Some(known) => known.apply(&recorded),
            None => recorded.clone(),
        };
        let canonical =
            |requests: &[_]| -> Vec<_> { requests.iter().map(Canonical::of_recorded).collect() };
        compared += 1;
        if sent != canonical(&expected) {
            failures += &format!(
                "\n{name} ({}): {}\n  expected {:#?}\n  sent     {sent:#?}\n  outcome  {outcome:?}\n",
                case.area,
                case.js,
                canonical(&expected),
            );
        }
        if let Some(known) = difference
            && canonical(&recorded) == canonical(&expected)
        {
            let reason = known.reason;
            failures += &format!("\n{name}: no difference any more, though {reason}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    println!("{compared} calls compared");
}
