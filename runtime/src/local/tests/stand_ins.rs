//! What stands in for Supabase's own schemas and extensions.

use crate::local::{LocalError, LocalStepKind, LocalSupabase, SqlError};
use std::sync::{Arc, Mutex};

async fn start(sql: &str) -> LocalSupabase {
    LocalSupabase::builder().sql(sql).start().await.unwrap()
}

/// Runs the body of a PL/pgSQL block, whose `assert`s must hold.
async fn check(stack: &LocalSupabase, body: &str) {
    let block = format!("do $check$ begin {body} end $check$");
    if let Err(error) = stack.execute(block).await {
        panic!("{error}");
    }
}

async fn refused(sql: &str) -> SqlError {
    match LocalSupabase::builder().sql(sql).start().await {
        Err(LocalError::Sql(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_projects_name_of_supabases_schemas_is_there() {
    let stack = start(
        "insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
         create policy own on storage.objects for insert to authenticated
           with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = auth.uid()::text);
         create policy topic on realtime.messages for select to authenticated using (realtime.topic() = 'room');
         insert into auth.users (id, email, encrypted_password)
           values ('00000000-0000-0000-0000-000000000001', 'a@example.com',
                   extensions.crypt('secret', extensions.gen_salt('bf')));
         insert into auth.identities (provider_id, user_id, identity_data, provider)
           values ('a', '00000000-0000-0000-0000-000000000001', '{\"email\":\"A@example.com\"}', 'email');
         create table todos (id bigint generated always as identity primary key, title text);
         alter publication supabase_realtime add table todos;
         create trigger hook after insert on todos for each row
           execute function supabase_functions.http_request('http://x/y', 'POST', '{\"a\":\"b\"}', '{}', '1000');
         grant select on todos to supabase_auth_admin, dashboard_user, postgres;
         comment on schema extensions is 'x';",
    )
    .await;
    check(
        &stack,
        "insert into todos (title) values ('one');
         assert (select method || url || (convert_from(body, 'UTF8')::jsonb #>> '{record,title}')
                 from net.http_request_queue) = 'POSThttp://x/yone';
         assert (select encrypted_password = extensions.crypt('secret', encrypted_password) from auth.users);
         assert (select email from auth.identities) = 'a@example.com';
         assert storage.filename('a/b/c.tar.gz') = 'c.tar.gz' and storage.extension('a/b/c.tar.gz') = 'gz';
         assert storage.foldername('a/b/c.png') = array['a', 'b'];
         insert into storage.objects (bucket_id, name, metadata)
           values ('avatars', 'u/1.png', '{\"size\": 3}'), ('avatars', 'u/v/2.png', null);
         assert (select array_agg(name order by name) from storage.search('u/', 'avatars', 10, 2)) = array['1.png', 'v'];
         assert (select size from storage.get_size_by_bucket()) = 3;
         perform realtime.send('{\"n\": 1}', 'event', 'room', true);
         assert (select topic || event from realtime.messages) = 'roomevent';
         perform vault.create_secret('s3cret', 'key');
         assert (select decrypted_secret from vault.decrypted_secrets where name = 'key') = 's3cret';
         assert graphql_public.graphql(query => '{ a }') ? 'errors';
         assert length(extensions.gen_random_bytes(20)) = 20;
         assert encode(extensions.digest('abc', 'sha256'), 'hex') like 'ba7816bf%';
         assert encode(extensions.hmac('what do ya want for nothing?', 'Jefe', 'sha256'), 'hex') like '5bdcc146bf60754e6a04%';
         assert extensions.uuid_generate_v4() is not null;",
    )
    .await;
    let names: Vec<&str> = stack.stand_ins().iter().map(|one| one.name).collect();
    for name in ["storage", "vault", "realtime", "net"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[tokio::test]
async fn an_extension_that_the_server_lacks_has_a_stand_in() {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&steps);
    let stack = LocalSupabase::builder()
        .sql(
            "create extension if not exists pg_cron with schema pg_catalog;
             grant usage on schema cron to postgres;
             create extension \"http\" with schema extensions;
             CREATE EXTENSION IF NOT EXISTS pgmq;
             create extension pgjwt with schema extensions;
             create extension pg_jsonschema with schema extensions;
             do $$
             begin
               if not exists (select from pg_extension where extname = 'pg_net') then
                 create extension
                   pg_net;
               end if;
             end $$;
             comment on extension pg_cron is 'jobs';
             create extension if not exists \"uuid-ossp\";
             drop extension if exists pg_net;
             select cron.schedule('nightly', '0 3 * * *', 'select 1');
             select cron.schedule('30 seconds', $$select 2$$);
             select pgmq.create('mails');",
        )
        .on_step(move |step| {
            if let LocalStepKind::StandIns(stand_ins) = &step.kind {
                told.lock().unwrap().extend(stand_ins.clone());
            }
        })
        .start()
        .await
        .unwrap();
    let names: Vec<&str> = steps.lock().unwrap().iter().map(|one| one.name).collect();
    assert_eq!(
        names,
        [
            "http",
            "pg_cron",
            "pg_jsonschema",
            "pg_net",
            "pgjwt",
            "pgmq"
        ]
    );
    check(
        &stack,
        "assert (select count(*) from cron.job) = 2;
         assert (select array_agg(jobname) from cron.job where schedule = '0 3 * * *') = array['nightly'];
         perform cron.schedule('nightly', '0 4 * * *', 'select 1');
         assert (select schedule from cron.job where jobname = 'nightly') = '0 4 * * *';
         perform cron.unschedule('nightly');
         assert (select count(*) from cron.job) = 1;
         assert (extensions.http_get('http://x/')).status = 200;
         assert (select (sent).uri from extensions.http_requests) = 'http://x/';
         assert extensions.urlencode('ä b'::varchar) = '%C3%A4%20b';
         perform pgmq.send('mails', '{\"to\": \"a\"}');
         perform pgmq.send('mails', '{\"to\": \"b\"}', 60);
         assert (select array_agg(message ->> 'to') from pgmq.read('mails', 30, 5)) = array['a'];
         assert not exists (select from pgmq.read('mails', 30, 5));
         assert pgmq.archive('mails', 1) and not pgmq.archive('mails', 1);
         assert (select queue_length from pgmq.metrics('mails')) = 1;
         assert (select count(*) from pgmq.send_batch('mails', array['{}', '{}']::jsonb[])) = 2;
         assert (select count(*) from pgmq.pop('mails')) = 1;
         assert pgmq.purge_queue('mails') = 2 and pgmq.drop_queue('mails');
         assert extensions.json_matches_schema(
           '{\"type\": \"object\", \"required\": [\"n\"], \"properties\": {\"n\": {\"type\": \"integer\", \"minimum\": 1}}}',
           '{\"n\": 1, \"m\": []}');
         assert not extensions.json_matches_schema('{\"properties\": {\"n\": {\"minimum\": 1}}}', '{\"n\": 0}');
         assert not extensions.json_matches_schema('{\"additionalProperties\": false}', '{\"n\": 0}');
         assert not extensions.json_matches_schema('{\"anyOf\": [{\"const\": 1}, {\"enum\": [2, 3]}]}', '4');
         assert (select valid from extensions.verify(
           'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ',
           'secret'));",
    )
    .await;
    // A second time it is there already, as with `if not exists`.
    stack.execute("create extension pg_cron").await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let refusal =
        refused("select 1;\n  -- a comment\n  create extension if not exists no_such_one;").await;
    assert_eq!(refusal.position, Some((3, 3)));
    assert_eq!(
        refusal.statement,
        "create extension if not exists no_such_one"
    );
    assert!(
        refusal
            .advice
            .unwrap()
            .starts_with("it needs a PostgreSQL with the extension `no_such_one`")
    );

    let refusal = refused("select cron.schedule('a', '* * * * *', 'select 1')").await;
    assert!(
        refusal
            .advice
            .unwrap()
            .contains("create extension pg_cron;")
    );

    let refusal = refused("create table t (n int);\ncopy t (n) from stdin;\n1\n\\.\n").await;
    assert_eq!(
        (refusal.position, &*refusal.statement),
        (Some((2, 1)), "copy t (n) from stdin")
    );
    assert!(
        refusal.to_string().contains("pg_dump --inserts"),
        "{refusal}"
    );

    let refusal = refused("select 1; alter role anon with passwort 'hunter2'").await;
    assert_eq!(refusal.statement, "alter role anon with passwort …");
}
