//! `roles sql` and `roles check`.

use supabase_task::{LocalPostgres, LocalSupabase};

use crate::process::Program;

#[tokio::test]
async fn the_migration_has_what_the_role_declares() {
    // Works without any variable set.
    let ended = Program::new(&["roles", "sql", "--login", "task login"])
        .run()
        .await;
    let sql = ended.exited(0);
    for line in [
        "-- cli reporter, declared at ",
        "grant \"cli reporter\" to authenticator;",
        "-- task login, which tasks log in as for SQL. Set its password",
        "    create role \"task login\" login noinherit;",
        "    execute E'grant \"cli reporter\" to \"task login\" with inherit false, set true';",
        "    grant \"cli reporter\" to \"task login\";",
        "grant usage on schema public to \"cli reporter\";",
        "grant select on public.\"order\" to \"cli reporter\";",
        "grant update (\"shipped at\", status) on public.\"order\" to \"cli reporter\";",
        "grant insert on public.reports to \"cli reporter\";",
    ] {
        assert!(
            sql.lines().any(|written| written.starts_with(line)),
            "{line}: {sql}"
        );
    }
    assert_eq!(ended.stderr, "");
}

/// On the embedded PostgreSQL, whose memberships have options of their own.
#[tokio::test]
async fn the_login_of_the_migration_may_become_the_role_and_has_none_of_its_rights() {
    let printed = Program::new(&["roles", "sql", "--login", "cli tasks"])
        .run()
        .await;
    let stack = LocalSupabase::builder().postgres(LocalPostgres::Embedded);
    let stack = stack.start().await.unwrap();
    let tables = "create table public.order (id int, status text, \"shipped at\" timestamptz);
                  create table public.reports (id bigserial);";
    stack.execute(tables).await.unwrap();
    for _ in 0..2 {
        stack.execute(printed.exited(0)).await.unwrap();
    }
    let assertion = "do $$ begin
      assert (select rolcanlogin and not rolinherit from pg_roles where rolname = 'cli tasks');
      assert (
        select array_agg(array[m.set_option, m.inherit_option, m.admin_option])
          = array[array[true, false, false]]
        from pg_auth_members m
        where m.member = '\"cli tasks\"'::regrole and m.roleid = '\"cli reporter\"'::regrole
      );
      assert not has_table_privilege('cli tasks', 'public.order', 'select');
      assert has_table_privilege('cli reporter', 'public.order', 'select');
    end $$";
    stack.execute(assertion).await.unwrap();
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_check_needs_a_database() {
    let ended = Program::new(&["roles", "check"]).run().await;
    assert_eq!(ended.exited(3), "");
    ended.says("set the variable `SUPABASE_DB_URL`");
}

#[cfg(feature = "external")]
pub(crate) mod external {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
    use supabase_task_tests::TestDatabase;
    use tokio::sync::Mutex;

    use crate::process::{Ended, Program};

    /// Roles belong to the whole server: tests that need the program's role run one by one.
    pub(crate) static ALONE: Mutex<()> = Mutex::const_new(());

    const TABLES: &str = "
        create table public.order (
          id bigint generated always as identity primary key,
          status text, note text, \"shipped at\" timestamptz
        );
        create table public.reports (id bigserial primary key, title text);
        create table public.secrets (id bigserial primary key);
        create view public.everything as select * from public.secrets;
        insert into public.order (status) values ('new');";

    async fn check(database: &TestDatabase) -> Ended {
        let program = Program::new(&["roles", "check", "--login", "cli login"]);
        program
            .env([("DATABASE_URL", database.url().as_str())])
            .run()
            .await
    }

    async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
        let sql = sql.into();
        let done = connection.execute(AssertSqlSafe(sql.clone())).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The statements at the ends of the lines that are differences.
    fn statements(ended: &Ended) -> Vec<String> {
        let differences = ended.stdout.lines().filter(|line| line.starts_with('✗'));
        differences
            .filter_map(|line| line.rsplit_once(": "))
            .map(|(_, statement)| statement.to_owned())
            .collect()
    }

    /// Whether the role may run a statement.
    async fn may(connection: &mut PgConnection, sql: &'static str) -> bool {
        let mut transaction = connection.begin().await.unwrap();
        transaction
            .execute("set local role \"cli reporter\"")
            .await
            .unwrap();
        let done = transaction.execute(sql).await;
        let is_done = done.is_ok();
        transaction.rollback().await.unwrap();
        is_done
    }

    #[tokio::test]
    async fn a_database_becomes_what_is_declared() {
        let _alone = ALONE.lock().await;
        let database = TestDatabase::create().await;
        let mut connection = database.connect().await;
        run(
            &mut connection,
            "drop role if exists \"cli reporter\", \"cli login\"",
        )
        .await;
        run(
            &mut connection,
            "do $$ begin
               if not exists (select from pg_roles where rolname = 'authenticator') then
                 create role authenticator noinherit;
               end if;
             end $$",
        )
        .await;

        // There is nothing yet.
        let ended = check(&database).await;
        let text = ended.exited(1);
        for line in [
            "missing: the role does not exist: create role \"cli reporter\" nologin noinherit;",
            "missing: `authenticator` is not a member of it: grant \"cli reporter\" to authenticator;",
            "there is no table public.\"order\"",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }

        // The migration can be run repeatedly, and is all that it needs.
        run(&mut connection, TABLES).await;
        let printed = Program::new(&["roles", "sql", "--login", "cli login"])
            .run()
            .await;
        for _ in 0..2 {
            run(&mut connection, printed.exited(0)).await;
        }
        let ended = check(&database).await;
        assert_eq!(
            ended.exited(0),
            "✓ cli reporter        is as declared\n",
            "{ended:?}"
        );
        for (sql, allowed) in [
            ("select * from public.order", true),
            (
                "update public.order set status = 'shipped' where id = 1",
                true,
            ),
            ("update public.order set note = 'x' where id = 1", false),
            ("delete from public.order", false),
            ("insert into public.reports (title) values ('x')", true),
            ("select * from public.reports", false),
            ("select * from public.secrets", false),
            ("select * from public.everything", false),
        ] {
            assert_eq!(may(&mut connection, sql).await, allowed, "{sql}");
        }

        let login: (bool, bool, bool) = sqlx::query_as(
            "select rolcanlogin, rolinherit, pg_has_role(rolname, 'cli reporter', 'member')
             from pg_roles where rolname = 'cli login'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert_eq!(login, (true, false, true));

        // What is too much, and what is missing.
        run(
            &mut connection,
            "grant delete, truncate on public.order to \"cli reporter\";
             grant update on public.order to \"cli reporter\";
             grant select (id, title) on public.reports to \"cli reporter\";
             grant select on public.secrets to \"cli reporter\";
             grant usage on sequence public.secrets_id_seq to \"cli reporter\";
             grant select on public.everything to public;
             grant update on public.order to public;
             grant select (id), insert (title) on public.reports to public;
             grant usage on sequence public.secrets_id_seq to public;
             grant select, update on sequence public.reports_id_seq to \"cli reporter\";
             grant create on schema public to \"cli reporter\", public;
             alter role \"cli reporter\" login bypassrls;
             grant pg_read_all_data to \"cli reporter\";
             revoke usage on sequence public.reports_id_seq from \"cli reporter\";
             revoke insert on public.reports from \"cli reporter\";",
        )
        .await;
        let ended = check(&database).await;
        let text = ended.exited(1);
        for line in [
            "too much: it can log in: alter role \"cli reporter\" nologin;",
            "too much: it is bypassrls: alter role \"cli reporter\" nobypassrls;",
            "too much: it is a member of `pg_read_all_data`: revoke pg_read_all_data from \"cli reporter\";",
            "too much: it may create objects in the schema public: revoke create on schema public from \"cli",
            "too much: every role may create objects in the schema public, this one too, and others may rely on \
             it, such as `anon`: revoke create on schema public from public;",
            "missing: it may not insert into public.reports: grant insert on public.reports to",
            "missing: it may not use the sequence public.reports_id_seq of public.reports: grant usage on",
            "too much: it may delete from public.\"order\": revoke delete on public.\"order\" from",
            "too much: it may truncate public.\"order\": revoke truncate on",
            "too much: it may update public.\"order\", and only some columns",
            "too much: it may read id, title of public.reports: revoke select (id, title) on",
            "too much: it may read public.secrets: revoke select on public.secrets from",
            "too much: it may use the sequence public.secrets_id_seq: revoke usage on sequence",
            "too much: every role may use the sequence public.secrets_id_seq, this one too",
            "too much: it may read and set the sequence public.reports_id_seq: revoke select, update on",
            "too much: every role may read public.everything, this one too, and others may rely on it, such as \
             `anon`: revoke select on public.everything from public;",
            "too much: every role may update public.\"order\", this one too, and others may rely on it, such as \
             `anon`, and only some columns are declared: revoke update on public.\"order\" from public; grant \
             update (\"shipped at\", status) on public.\"order\" to \"cli reporter\";",
            "too much: every role may read id of public.reports, this one too, and others may rely on it, such \
             as `anon`: revoke select (id) on public.reports from public;",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let statements = statements(&ended);
        assert_eq!(statements.len(), 18, "{text}");
        for statement in statements {
            run(&mut connection, statement).await;
        }
        let ended = check(&database).await;
        assert_eq!(ended.exited(0), "✓ cli reporter        is as declared\n");
        let update = "update public.order set note = 'x' where id = 1";
        assert!(!may(&mut connection, update).await);

        // A new owner gets the rights of the one before, so what is missing is granted after that.
        run(
            &mut connection,
            "create schema \"table\" authorization \"cli reporter\";
             create function public.\"do\"(a int, b text) returns int language sql return 1;
             alter function public.\"do\" owner to \"cli reporter\";
             create sequence public.numbers; alter sequence public.numbers owner to \"cli reporter\";
             alter view public.everything owner to \"cli reporter\";
             alter table public.reports owner to \"cli reporter\";",
        )
        .await;
        let ended = check(&database).await;
        assert_eq!(
            self::statements(&ended),
            [
                "alter schema \"table\" owner to postgres;",
                "alter view public.everything owner to postgres;",
                "alter sequence public.numbers owner to postgres;",
                "alter table public.reports owner to postgres;",
                "alter routine public.\"do\"(a integer, b text) owner to postgres;",
                "grant insert on public.reports to \"cli reporter\";",
                "grant usage on sequence public.reports_id_seq to \"cli reporter\";",
            ],
            "{ended:?}"
        );
        for statement in self::statements(&ended) {
            run(&mut connection, statement).await;
        }
        let ended = check(&database).await;
        assert_eq!(ended.exited(0), "✓ cli reporter        is as declared\n");

        // Row Level Security without a policy for the role is no difference, and is told.
        run(
            &mut connection,
            "alter table public.order enable row level security;
             alter table public.reports enable row level security;
             create policy seen on public.reports for select to \"cli reporter\" using (true);
             create policy seen on public.order for select to public using (true);",
        )
        .await;
        let ended = check(&database).await;
        let text = ended.exited(0);
        assert_eq!(text.lines().count(), 3, "{text}");
        for warning in [
            "! cli reporter        Row Level Security is on for public.\"order\", and no policy for update \
             names this role or `public`, so it updates no row: `create policy … on public.\"order\" for \
             update to \"cli reporter\" using (…);`",
            "no policy for insert names this role or `public`, so each insert is refused: `create policy … on \
             public.reports for insert to \"cli reporter\" with check (…);`",
        ] {
            assert!(text.contains(warning), "{warning}: {text}");
        }

        // A view whose reader's policies do not apply.
        run(
            &mut connection,
            "create policy made on public.reports for insert to \"cli reporter\" with check (true);
             alter table public.order rename to orders;
             create view public.order as select * from public.orders;
             grant select, update (status, \"shipped at\") on public.order to \"cli reporter\";
             revoke all on public.orders from \"cli reporter\";",
        )
        .await;
        let ended = check(&database).await;
        let text = ended.exited(0);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("`alter view public.\"order\" set (security_invoker = true);`"),
            "{text}"
        );
        run(
            &mut connection,
            "alter view public.order set (security_invoker = on)",
        )
        .await;
        let ended = check(&database).await;
        assert_eq!(ended.exited(0), "✓ cli reporter        is as declared\n");

        run(
            &mut connection,
            "drop owned by \"cli reporter\"; drop role \"cli reporter\", \"cli login\"",
        )
        .await;
    }
}
