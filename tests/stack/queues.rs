//! Queues on a real PostgreSQL, with the extension pgmq or its stand-in.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use supabase_task::LocalSupabase;
use supabase_task::client::Queue;
use supabase_task::prelude::*;
use supabase_task_tests::user;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mail {
    to: String,
}

fn mail(to: &str) -> Mail {
    Mail { to: to.to_owned() }
}

const A_WHILE: Duration = Duration::from_secs(60);

async fn start() -> LocalSupabase {
    LocalSupabase::builder()
        .sql(include_str!("queues.sql"))
        .start()
        .await
        .unwrap()
}

/// The recipients of the messages that are visible now.
async fn read(queue: &Queue) -> Vec<String> {
    let messages = queue.read::<Mail>(A_WHILE, 10).await.unwrap();
    let mut to: Vec<_> = messages.into_iter().map(|mail| mail.message.to).collect();
    to.sort();
    to
}

#[supabase_task(auth = "service")]
async fn mail_one(_payload: (), supabase: ServiceClient) -> TaskResult<Option<String>> {
    let mails = supabase.queue("mails");
    let Some(mail) = mails.read::<Mail>(A_WHILE, 1).await?.pop() else {
        return Ok(None);
    };
    mails.delete(mail.id).await?;
    Ok(Some(mail.message.to))
}

#[tokio::test]
async fn a_message_is_read_by_one_at_a_time_until_it_is_gone() {
    let stack = start().await;
    let mails = stack.supabase().service_client().unwrap().queue("mails");

    // No part of the text is lost or misread.
    let odd = "a\"b\\c{d,e}(f) 'g' null é\u{1f980}\n";
    let first = mails.send(&mail(odd)).await.unwrap();
    let rest = mails.send_batch(&[mail("b"), mail("c")]).await.unwrap();
    assert_eq!(rest.len(), 2);
    assert!(first < rest[0] && rest[0] < rest[1]);

    let messages = mails.read::<Mail>(A_WHILE, 1).await.unwrap();
    let [message] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(
        (message.id, message.read_count, &message.message),
        (first, 1, &mail(odd))
    );
    assert!(message.visible_at > message.enqueued_at, "{message:?}");
    assert_eq!(read(&mails).await, ["b", "c"]);
    assert_eq!(read(&mails).await, [""; 0]);

    // The first reader did not finish, so the next one gets it.
    stack
        .execute("update pgmq.q_mails set vt = now() where message ->> 'to' <> 'c'")
        .await
        .unwrap();
    let again = mails.read::<Mail>(Duration::ZERO, 1).await.unwrap();
    assert_eq!((again[0].id, again[0].read_count), (first, 2));

    assert!(mails.delete(first).await.unwrap());
    assert!(!mails.delete(first).await.unwrap());
    let popped = mails.pop::<Mail>().await.unwrap().unwrap();
    assert_eq!((popped.id, popped.message), (rest[0], mail("b")));
    assert_eq!(mails.pop::<Mail>().await.unwrap(), None);

    assert!(mails.archive(rest[1]).await.unwrap());
    assert!(!mails.archive(rest[1]).await.unwrap());
    stack
        .execute(
            "do $$ begin
               assert (select count(*) from pgmq.q_mails) = 0;
               assert (select message ->> 'to' from pgmq.a_mails) = 'c';
             end $$",
        )
        .await
        .unwrap();
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let stack = start().await;
    let supabase = stack.supabase();
    let mails = supabase.service_client().unwrap().queue("mails");

    mails.send(&mail("later")).delay(A_WHILE).await.unwrap();
    let delayed = mails.send_batch(&[mail("later too")]).delay(A_WHILE);
    delayed.await.unwrap();
    assert_eq!(mail_one::run(&supabase, ()).await.unwrap(), None);
    stack
        .execute("update pgmq.q_mails set vt = vt - interval '60 s'")
        .await
        .unwrap();
    assert_eq!(
        mail_one::run(&supabase, ()).await.unwrap().as_deref(),
        Some("later")
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_message_of_another_kind_comes_back() {
    let stack = start().await;
    let mails = stack.supabase().service_client().unwrap().queue("mails");
    mails.send(&json!({ "from": "s3cret" })).await.unwrap();

    let error = mails.read::<Mail>(Duration::ZERO, 1).await.unwrap_err();
    assert!(error.is_decode(), "{error}");
    assert!(!format!("{error:?}").contains("s3cret"));
    let values = mails.read::<serde_json::Value>(A_WHILE, 1).await.unwrap();
    assert_eq!(values[0].message, json!({ "from": "s3cret" }));
    assert_eq!(values[0].read_count, 2);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_not_set_up_is_explained() {
    let stack = start().await;
    let supabase = stack.supabase();
    let service = supabase.service_client().unwrap();

    let error = service.queue("nothing").send("x").await.unwrap_err();
    assert_eq!(error.code(), Some("42P01"));
    assert!(
        error.to_string().contains("a queue of this name"),
        "{error}"
    );

    let user = supabase.user_client(user(1)).unwrap();
    let error = user.queue("mails").send("x").await.unwrap_err();
    assert!(error.is_row_level_security(), "{error}");
    assert!(error.to_string().contains("the queue's grants"), "{error}");
    stack.shutdown().await.unwrap();

    let bare = LocalSupabase::builder().start().await.unwrap();
    let service = bare.supabase().service_client().unwrap();
    let error = service.queue("mails").send("x").await.unwrap_err();
    assert!(
        error.to_string().contains("Expose Queues via PostgREST"),
        "{error}"
    );
    bare.shutdown().await.unwrap();
}
