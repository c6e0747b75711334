//! supabase-js, from npm, against the same stack. This shows with an independent client that the
//! stack is right.

use std::path::Path;

use serde_json::{Value, json};
use supabase_task_tests::{hs256, start, user};
use tokio::process::Command;

#[tokio::test]
async fn supabase_js_reads_and_writes_the_same_rows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    assert!(
        folder.join("node_modules/@supabase/supabase-js").is_dir(),
        "supabase-js is not installed: install Node.js 20 or later, then run \
         `npm ci --prefix tests/javascript`"
    );
    let stack = start().await;
    let (first, second) = (user(1), user(2));
    stack
        .execute(format!(
            "insert into todos (user_id, title) values ('{first}', 'mine'), ('{second}', 'not mine')"
        ))
        .await
        .unwrap();
    let token = hs256(
        &json!({
            "sub": first, "role": "authenticated", "aud": "authenticated",
            "exp": jsonwebtoken::get_current_timestamp() + 600,
        }),
        stack.jwt_secret(),
    );

    let output = Command::new("node")
        .arg("client.mjs")
        .current_dir(folder)
        .env("SUPABASE_URL", stack.url())
        .env("PUBLISHABLE_KEY", stack.publishable_key())
        .env("SECRET_KEY", stack.secret_key())
        .env("USER_ID", first.to_string())
        .env("USER_TOKEN", token)
        .output()
        .await
        .unwrap_or_else(|error| {
            panic!("`node` did not start ({error}): install Node.js 20 or later")
        });
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["added"], json!({ "title": "from javascript" }));
    assert_eq!(seen["stolen"], json!({ "code": "42501", "status": 403 }));
    assert_eq!(
        seen["own"],
        json!([{ "title": "mine" }, { "title": "from javascript" }])
    );
    assert_eq!(seen["count"], 3);
    assert_eq!(seen["none"], json!([]));
    assert_eq!(seen["done"], json!([{ "title": "from javascript" }]));
    assert_eq!(
        seen["whoami"],
        json!({ "uid": first, "role": "authenticated" })
    );
    stack.shutdown().await.unwrap();
}
