//! SQL that an attacker injects into a user's transaction.

use sqlx::{AssertSqlSafe, raw_sql};
use supabase_task::sql::UserDatabase;
use supabase_task_tests::user;

use super::Stage;

/// Ways to another identity. What follows each of them must be refused, or see no more than the user.
const ATTEMPTS: [&str; 18] = [
    "reset role",
    "set role none",
    "set local role none",
    "set role service_role",
    "set local role service_role",
    "set role postgres",
    "set role authenticator",
    "set session authorization postgres",
    "reset session authorization",
    "select set_config('role', 'service_role', true)",
    "commit",
    "rollback",
    "commit; begin; set role service_role",
    "alter role current_user superuser",
    // The next transaction believes these, unless it sets or removes them.
    "commit; set request.jwt.claim = '{\"sub\": \"5f0c8f0e-9a3c-4a52-8d8e-00000000ffff\"}'",
    "commit; set request.jwt.claim.sub = '5f0c8f0e-9a3c-4a52-8d8e-00000000ffff'",
    "commit; create temporary table notes (owner uuid, body text); grant all on notes to public",
    // What sqlx has prepared, replaced.
    "do $$ declare named text; begin
       for named in select name from pg_prepared_statements where name like 'sqlx%' loop
         execute format('deallocate %I', named);
         execute format('prepare %I as select ''postgres'', null::uuid, null, false', named);
       end loop; end $$",
];

/// Asserts that a transaction of the other user is theirs, and reads the table itself.
async fn assert_untouched(database: &UserDatabase, attempt: &str) {
    let mut tx = database.begin().await.unwrap();
    let (role, uid, subject, is_table): (String, uuid::Uuid, String, bool) = sqlx::query_as(
        "select current_user::text, auth.uid(), auth.jwt() ->> 'sub', \
         'notes'::regclass = 'public.notes'::regclass",
    )
    .fetch_one(&mut *tx)
    .await
    .unwrap_or_else(|error| panic!("{attempt}: {error}"));
    let user = *user(2).as_uuid();
    assert_eq!(
        (role.as_str(), uid, subject, is_table),
        ("authenticated", user, user.to_string(), true),
        "{attempt}"
    );
}

/// Insufficient privilege, no such role, or a transaction that such an error has aborted.
fn is_refusal(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    ["42501", "22023", "25P02"].contains(&&*code.unwrap_or_default())
}

async fn attack(stage: &Stage) {
    let mine = stage.supabase.user_database(user(1)).unwrap();
    let others = stage.supabase.user_database(user(2)).unwrap();
    let mut tx = others.begin().await.unwrap();
    sqlx::query("insert into notes (body) values ('of the other')")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    // Prepared, for those who would replace it.
    assert_untouched(&others, "before").await;
    for attempt in ATTEMPTS {
        for loot in [
            "select body from secrets",
            "select body from notes where body = 'of the other'",
            "select rolpassword from pg_authid",
            "insert into secrets values (2, 'mine')",
        ] {
            let mut tx = mine.begin().await.unwrap();
            // One message each: what fails takes its whole message with it.
            let attempted = raw_sql(AssertSqlSafe(attempt)).execute(&mut *tx).await;
            if let Err(error) = attempted {
                assert!(is_refusal(&error), "{attempt}: {error}");
            }
            match raw_sql(AssertSqlSafe(loot)).fetch_all(&mut *tx).await {
                // The note of the other is none of this user's.
                Ok(rows) => {
                    let only_notes = loot.contains("notes");
                    assert!(only_notes, "{attempt}; {loot}");
                    let found = rows
                        .iter()
                        .any(|row| sqlx::Row::try_get::<String, _>(row, "body").is_ok());
                    assert!(!found, "{attempt}; {loot}");
                }
                Err(error) => assert!(is_refusal(&error), "{attempt}; {loot}: {error}"),
            }
            // Whatever the attacker left: both ways of ending.
            if loot.contains("secrets") {
                drop(tx);
            } else {
                let _ = tx.commit().await;
            }
            assert_untouched(&others, attempt).await;
        }
    }
}

#[tokio::test]
async fn injected_sql_becomes_nobody_else() {
    attack(&Stage::new(1).await).await;
}

#[tokio::test]
async fn neither_behind_a_transaction_pooler() {
    let (stage, _pgbouncer) = Stage::pooled(2).await;
    attack(&stage).await;
}

/// This is left, and docs/guide/transactions.md says so: within its own transaction, injected SQL can write
/// other claims. So statements are `&'static str`, and values are parameters.
#[tokio::test]
async fn injected_claims_count_in_their_own_transaction_and_nowhere_else() {
    let stage = Stage::new(1).await;
    let database = stage.supabase.user_database(user(1)).unwrap();
    for is_local in [true, false] {
        let mut tx = database.begin().await.unwrap();
        let forged = format!(
            "select set_config('request.jwt.claims', '{{\"sub\": \"{}\"}}', {is_local})",
            user(2)
        );
        raw_sql(AssertSqlSafe(forged))
            .execute(&mut *tx)
            .await
            .unwrap();
        let uid: uuid::Uuid = sqlx::query_scalar("select auth.uid()")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(uid, *user(2).as_uuid());
        tx.commit().await.unwrap();

        let mut tx = database.begin().await.unwrap();
        let uid: uuid::Uuid = sqlx::query_scalar("select auth.uid()")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(uid, *user(1).as_uuid());
    }
}

#[tokio::test]
async fn a_login_that_may_not_become_the_role_says_which_grant_is_missing() {
    let stage = Stage::new(1).await;
    let error = stage
        .supabase
        .service_database()
        .unwrap()
        .begin()
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("grant service_role to"), "{text}");
    assert!(!error.is_retryable());
}
