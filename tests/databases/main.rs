//! Transactions as the task's identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Connection;
use supabase_task::prelude::*;
use supabase_task::sql::DatabaseError;
use supabase_task::{LocalSupabase, Supabase, TaskError};
use supabase_task_tests::{MIGRATION, user};

const ACCOUNTS: &str = "
create table public.accounts (
  id bigint primary key,
  owner uuid not null,
  balance bigint not null check (balance >= 0)
);
alter table public.accounts enable row level security;
create policy own on public.accounts to authenticated
  using (owner = auth.uid()) with check (owner = auth.uid());
create table public.parents (id int primary key);
create table public.children (
  id int primary key,
  parent int references public.parents deferrable initially deferred
);
alter role authenticated set statement_timeout = '7s';
alter role authenticated set default_transaction_isolation = 'repeatable read';
alter role authenticated set work_mem = '5MB';
";

async fn start() -> LocalSupabase {
    let accounts = format!(
        "{ACCOUNTS} insert into public.accounts values (1, '{a}', 100), (2, '{a}', 0), (3, '{b}', 50);",
        a = user(1),
        b = user(2)
    );
    let stack = LocalSupabase::builder().sql(MIGRATION).sql(accounts);
    stack.start().await.unwrap()
}

#[derive(Serialize, Deserialize)]
struct Transfer {
    user_id: UserId,
    from: i64,
    to: i64,
    amount: i64,
}

/// Moves money between two accounts of one user.
#[supabase_task(auth = "user")]
async fn transfer(payload: Transfer, database: UserDatabase) -> TaskResult<i64> {
    let mut tx = database.begin().await?;
    sqlx::query("update accounts set balance = balance - $1 where id = $2 returning id")
        .bind(payload.amount)
        .bind(payload.from)
        .fetch_one(&mut *tx)
        .await?;
    let balance = sqlx::query_scalar(
        "update accounts set balance = balance + $1 where id = $2 returning balance",
    )
    .bind(payload.amount)
    .bind(payload.to)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(balance)
}

async fn balances(supabase: &Supabase) -> Vec<i64> {
    let mut tx = supabase.service_database().unwrap().read().await.unwrap();
    sqlx::query_scalar("select balance from accounts order by id")
        .fetch_all(&mut *tx)
        .await
        .unwrap()
}

async fn moved(supabase: &Supabase, from: i64, to: i64, amount: i64) -> TaskResult<i64> {
    let user_id = user(1);
    let payload = Transfer {
        user_id,
        from,
        to,
        amount,
    };
    transfer::run(supabase, payload).await
}

fn database_error(error: &TaskError) -> &DatabaseError {
    error
        .downcast_ref()
        .unwrap_or_else(|| panic!("of the database: {error:?}"))
}

#[tokio::test]
async fn all_statements_of_a_transaction_happen_or_none() {
    let stack = start().await;
    let supabase = stack.supabase();
    assert_eq!(moved(&supabase, 1, 2, 30).await.unwrap(), 30);
    assert_eq!(balances(&supabase).await, [70, 30, 50]);

    // The other user's account is not there for this one.
    let error = moved(&supabase, 1, 3, 30).await.unwrap_err();
    assert!(error.is_abort() && database_error(&error).is_not_found());
    let error = moved(&supabase, 3, 2, 30).await.unwrap_err();
    assert!(error.is_abort() && database_error(&error).is_not_found());
    // The check refuses.
    let error = moved(&supabase, 1, 2, 1000).await.unwrap_err();
    assert!(error.is_abort(), "{error}");
    let error = database_error(&error);
    assert_eq!(error.code(), Some("23514"));
    assert_eq!(error.constraint(), Some("accounts_balance_check"));
    assert_eq!(balances(&supabase).await, [70, 30, 50]);
}

#[derive(Serialize, Deserialize)]
struct Of {
    user_id: UserId,
}

/// The claims of this run, as the API has them and as a transaction has them.
#[supabase_task(auth = "user")]
async fn both_claims(
    _payload: Of,
    supabase: UserClient,
    database: UserDatabase,
) -> TaskResult<(Value, Value)> {
    let through_api = supabase.rpc("claims", json!({})).single().await?;
    let mut tx = database.read().await?;
    let in_sql = sqlx::query_scalar("select public.claims()")
        .fetch_one(&mut *tx)
        .await?;
    Ok((through_api, in_sql))
}

#[tokio::test]
async fn the_claims_are_those_of_a_token_of_the_run() {
    let stack = start().await;
    let payload = Of { user_id: user(1) };
    let (mut api, mut sql) = both_claims::run(&stack.supabase(), payload).await.unwrap();
    for claims in [&mut api, &mut sql] {
        for time in ["iat", "exp"] {
            let time = claims.as_object_mut().unwrap().remove(time);
            assert!(time.unwrap().as_u64().unwrap() > 1_700_000_000);
        }
    }
    assert_eq!(api, sql);
    assert_eq!(sql["sub"], json!(user(1)));
    assert_eq!(sql["supabase_task"]["id"], "both_claims");
}

/// What a transaction is in.
async fn state(connection: &mut sqlx::PgConnection) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, coalesce(current_setting(name, true), '') from unnest(array[
           'role', 'request.jwt.claims', 'request.jwt.claim.sub', 'search_path', 'statement_timeout',
           'transaction_isolation', 'transaction_read_only', 'work_mem']) name",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn a_transaction_has_its_role_and_the_roles_settings() {
    let stack = start().await;
    let supabase = stack.supabase();
    let mut tx = supabase
        .user_database(user(1))
        .unwrap()
        .begin()
        .await
        .unwrap();
    let user_state = state(&mut tx).await;
    assert_eq!(user_state["role"], "authenticated");
    assert_eq!(user_state["statement_timeout"], "7s");
    assert_eq!(user_state["work_mem"], "5MB");
    assert_eq!(user_state["transaction_isolation"], "repeatable read");
    assert_eq!(user_state["transaction_read_only"], "off");
    assert_eq!(user_state["search_path"], "public, extensions");
    tx.rollback().await.unwrap();

    for (database, role) in [(
        supabase.anon_database().unwrap().read().await.unwrap(),
        "anon",
    )] {
        let mut tx = database;
        let state = state(&mut tx).await;
        assert_eq!(state["role"], role);
        assert_eq!(state["transaction_read_only"], "on");
        assert_eq!(state["request.jwt.claims"], r#"{"role":"anon"}"#);
    }
    let mut tx = supabase.service_database().unwrap().begin().await.unwrap();
    let state = state(&mut tx).await;
    assert_eq!(state["role"], "service_role");
    assert_eq!(state["transaction_isolation"], "read committed");
}

#[tokio::test]
async fn what_sql_leaves_behind_does_not_reach_the_next_transaction() {
    let stack = start().await;
    let supabase = stack.supabase();
    let first = supabase.user_database(user(1)).unwrap();
    let second = supabase.user_database(user(2)).unwrap();
    for end in ["commit", "rollback", "drop"] {
        let mut tx = first.begin().await.unwrap();
        for sql in [
            "set search_path = nowhere",
            "set \"request.jwt.claim.sub\" = '5f0c8f0e-9a3c-4a52-8d8e-000000000009'",
            "set statement_timeout = '1s'",
            "create temporary table accounts (id int)",
            "select pg_advisory_lock(42)",
            "declare c cursor with hold for select 1",
        ] {
            sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
        }
        match end {
            "commit" => tx.commit().await.unwrap(),
            "rollback" => tx.rollback().await.unwrap(),
            _ => drop(tx),
        }
        let mut tx = second.begin().await.unwrap();
        let state = state(&mut tx).await;
        assert_eq!(state["request.jwt.claim.sub"], "", "{end}");
        assert_eq!(state["search_path"], "public, extensions", "{end}");
        assert_eq!(state["statement_timeout"], "7s", "{end}");
        let (uid, own, free): (uuid::Uuid, i64, bool) = sqlx::query_as(
            "select auth.uid(), (select count(*) from accounts), \
             (select count(*) = 0 from pg_locks where locktype = 'advisory' and objid = 42)",
        )
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        assert_eq!((uid, own, free), (*user(2).as_uuid(), 1, true), "{end}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_failed_says_so_at_its_commit() {
    let stack = start().await;
    let database = stack.supabase().user_database(user(1)).unwrap();
    let mut tx = database.begin().await.unwrap();
    sqlx::query("update accounts set balance = 99 where id = 1")
        .execute(&mut *tx)
        .await
        .unwrap();
    // Somebody thinks that a failed statement is harmless.
    let _ = sqlx::query("insert into accounts values (1, auth.uid(), 0)")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.code(), Some("25P02"), "{error}");
    assert!(error.to_string().contains("savepoint"), "{error}");
    assert_eq!(balances(&stack.supabase()).await, [100, 0, 50]);

    // With a savepoint it is.
    let mut tx = database.begin().await.unwrap();
    sqlx::query("update accounts set balance = 98 where id = 1")
        .execute(&mut *tx)
        .await
        .unwrap();
    let mut savepoint = tx.begin().await.unwrap();
    sqlx::query("insert into accounts values (1, auth.uid(), 0)")
        .execute(&mut *savepoint)
        .await
        .unwrap_err();
    savepoint.rollback().await.unwrap();
    assert_eq!(state(&mut tx).await["role"], "authenticated");
    tx.commit().await.unwrap();
    assert_eq!(balances(&stack.supabase()).await, [98, 0, 50]);
}

/// sqlx ends the whole transaction then. A statement would run as the login.
#[tokio::test]
async fn nothing_runs_after_a_savepoint_that_could_not_be_set() {
    let stack = start().await;
    let database = stack.supabase().user_database(user(1)).unwrap();
    let failed = async |is_committed: bool| {
        let mut tx = database.begin().await.unwrap();
        sqlx::query("update accounts set balance = 99 where id = 1")
            .execute(&mut *tx)
            .await
            .unwrap();
        let _ = sqlx::query("select 1 / 0")
            .execute(&mut *tx)
            .await
            .unwrap_err();
        tx.begin().await.map(drop).unwrap_err();
        match is_committed {
            true => {
                let error = tx.commit().await.unwrap_err();
                assert!(error.to_string().contains("savepoint"), "{error}");
            }
            false => {
                let next = std::panic::AssertUnwindSafe(|| drop(tx.begin()));
                assert!(std::panic::catch_unwind(next).is_err());
            }
        }
    };
    failed(true).await;
    failed(false).await;
    assert_eq!(balances(&stack.supabase()).await, [100, 0, 50]);
}

#[tokio::test]
async fn a_deferred_constraint_refuses_the_commit() {
    let stack = start().await;
    let database = stack.supabase().service_database().unwrap();
    let mut tx = database.begin().await.unwrap();
    sqlx::query("insert into children values (1, 7)")
        .execute(&mut *tx)
        .await
        .unwrap();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.code(), Some("23503"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn errors_say_what_to_do_and_no_value() {
    let stack = start().await;
    let supabase = stack.supabase();
    let database = supabase.user_database(user(1)).unwrap();
    let cases = [
        (
            "insert into accounts values (9, '5f0c8f0e-9a3c-4a52-8d8e-000000000009', 1)",
            "42501",
            "no policy lets this identity write the row",
        ),
        ("select 'hunter2'::int", "22P02", "integer: \"…\""),
        ("select * from nowhere", "42P01", "is the table there?"),
        (
            "select set_config('statement_timeout', '20ms', true), pg_sleep(0); select pg_sleep(5)",
            "57014",
            "",
        ),
    ];
    for (sql, code, part) in cases {
        if code == "57014" && stack.database_url().is_none() {
            // The embedded PostgreSQL enforces no timeout.
            continue;
        }
        let mut tx = database.begin().await.unwrap();
        let error = async {
            for one in sql.split("; ") {
                sqlx::query(sqlx::AssertSqlSafe(one))
                    .execute(&mut *tx)
                    .await?;
            }
            Ok::<_, TaskError>(())
        };
        let error = error.await.unwrap_err();
        assert!(error.is_abort(), "{error}");
        let text = format!("{error} {error:?}");
        assert_eq!(database_error(&error).code(), Some(code), "{text}");
        assert!(text.contains(part), "{text}");
        for secret in ["hunter2", "000000000009"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let mut tx = database.read().await.unwrap();
    let error = sqlx::query("delete from accounts")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    let error = DatabaseError::from(error);
    assert_eq!(error.code(), Some("25006"), "{error}");
    assert!(error.to_string().contains("database.begin()"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_stack_that_is_gone_says_so() {
    let stack = start().await;
    let database = stack.supabase().service_database().unwrap();
    let open = database.begin().await.unwrap();
    // An open transaction does not keep the stack.
    stack.shutdown().await.unwrap();
    drop(open);
    let error = database.begin().await.unwrap_err();
    assert!(error.to_string().contains("stopped or dropped"), "{error}");
}

/// A type of ones own around the database.
struct Accounts(UserDatabase);

impl supabase_task::FromTask<supabase_task::auth::User> for Accounts {
    const TAKES_DATABASE: bool = true;

    async fn from_task(
        request: &supabase_task::task::TaskRequest<supabase_task::auth::User>,
    ) -> TaskResult<Self> {
        Ok(Self(request.database()?.clone()))
    }
}

#[supabase_task(auth = "user")]
async fn count_accounts(_payload: Of, accounts: Accounts) -> TaskResult<i64> {
    let mut tx = accounts.0.read().await?;
    let count = sqlx::query_scalar("select count(*) from accounts");
    Ok(count.fetch_one(&mut *tx).await?)
}

#[tokio::test]
async fn a_database_can_be_part_of_an_argument() {
    let stack = start().await;
    let payload = Of { user_id: user(1) };
    let count = count_accounts::run(&stack.supabase(), payload).await;
    assert_eq!(count.unwrap(), 2);
}

#[test]
fn the_url_is_asked_for_if_a_linked_task_takes_a_database() {
    let values = |name: &str| match name {
        "SUPABASE_URL" => Some("http://127.0.0.1:1".to_owned()),
        "SUPABASE_PUBLISHABLE_KEY" => Some("sb_publishable_x".to_owned()),
        "SUPABASE_SECRET_KEY" => Some("sb_secret_x".to_owned()),
        "SUPABASE_JWT_SECRET" => Some("x".repeat(32)),
        _ => None,
    };
    let error = Supabase::builder()
        .read_variables(values)
        .build()
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`SUPABASE_DB_URL` is not set"), "{text}");
    assert!(text.contains("`transfer`"), "{text}");
    assert!(text.contains("`count_accounts`"), "{text}");

    let wrong = move |name: &str| match name {
        "SUPABASE_DB_URL" => Some("postgres://u:hunter2@db.abc.supabase.co/postgres".to_owned()),
        _ => values(name),
    };
    let error = Supabase::builder()
        .read_variables(wrong)
        .build()
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("sslmode=verify-full"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");

    // Without `read_env`, nothing is asked for until it is used.
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:1")
        .build()
        .unwrap();
    let error = supabase.service_database().unwrap_err();
    assert!(error.to_string().contains("database_url"), "{error}");
}

/// Reads accounts, and may write no balance but that of a day's interest.
#[derive(DatabaseRole)]
#[role(name = "bookkeeper", select(Account), update(Account: balance))]
struct Bookkeeper;

#[derive(Deserialize, Row)]
#[row(table = "accounts")]
#[expect(dead_code, reason = "only its columns are named")]
struct Account {
    id: i64,
    balance: i64,
}

#[derive(Serialize, Deserialize)]
struct Interest {
    on_behalf_of: UserId,
}

#[supabase_task(auth = "role", role = Bookkeeper, user = payload.on_behalf_of)]
async fn pay_interest(
    payload: Interest,
    database: RoleDatabase<Bookkeeper>,
) -> TaskResult<(String, UserId, u64)> {
    let _ = payload;
    let mut tx = database.begin().await?;
    let who = sqlx::query_as("select current_user::text, auth.uid()");
    let (role, user): (String, uuid::Uuid) = who.fetch_one(&mut *tx).await?;
    let paid = sqlx::query("update accounts set balance = balance + 1")
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok((role, user.into(), paid.rows_affected()))
}

#[tokio::test]
async fn a_role_has_a_database_too() {
    let stack = start().await;
    stack
        .execute(
            "create role bookkeeper nologin noinherit; grant bookkeeper to authenticator;
             grant usage on schema public, auth to bookkeeper;
             grant select, update (balance) on accounts to bookkeeper;
             create policy books on accounts to bookkeeper using (true) with check (true);",
        )
        .await
        .unwrap();
    let payload = Interest {
        on_behalf_of: user(2),
    };
    let (role, user_id, paid) = pay_interest::run(&stack.supabase(), payload).await.unwrap();
    assert_eq!((role.as_str(), user_id, paid), ("bookkeeper", user(2), 3));
    assert_eq!(balances(&stack.supabase()).await, [101, 1, 51]);

    let database = stack.supabase().role_database::<Bookkeeper>(None).unwrap();
    let mut tx = database.begin().await.unwrap();
    let error = sqlx::query("delete from accounts")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(DatabaseError::from(error).is_row_level_security());
}
