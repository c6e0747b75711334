//! A test of an application: a stack, a durable queue in its database, and a drain.

use supabase_task::{LocalPostgres, LocalSupabase, Queue, RunStatus};

use crate::tasks::as_user;

const ORDERS: &str = "
create table orders (id bigint primary key, user_id uuid references auth.users);
alter table orders enable row level security;
create policy own on orders using (user_id = (select auth.uid()));";

#[tokio::test]
async fn a_row_that_a_user_inserts_is_drained() {
    let stack = LocalSupabase::builder()
        .postgres(LocalPostgres::Installed)
        .sql(ORDERS)
        .start()
        .await
        .unwrap();
    let queue = Queue::connect(stack.database_url().unwrap()).await.unwrap();
    // The first worker records the tasks, so that the database can trigger them.
    let runs = queue.drain(&stack.supabase()).await.unwrap();
    assert_eq!(runs.len(), 0);
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'as-user',
        $$ json_build_object('user_id', new.user_id, 'text', 'order ' || new.id) $$)";
    stack.execute(on).await.unwrap();

    let alice = stack.create_user("alice@example.com").await.unwrap();
    let bob = stack.create_user("bob@example.com").await.unwrap();
    // The matrix inserts rows too, and takes back what they trigger.
    let matrix = stack.rls_matrix().users([("alice", alice), ("bob", bob)]);
    let order = supabase_task::json!({ "id": 7, "user_id": alice });
    let orders = stack.as_user(alice).unwrap().from("orders");
    orders.insert(&order).await.unwrap();
    matrix.run().await.unwrap().assert_is(
        "table   identity  select  insert  update  delete
         orders  anon      0 of 1  0 of 1  0 of 1  0 of 1
         orders  alice     1 of 1  1 of 1  1 of 1  1 of 1
         orders  bob       0 of 1  0 of 1  0 of 1  0 of 1
         orders  service   1 of 1  1 of 1  1 of 1  1 of 1",
    );

    let payloads = queue.triggered::<as_user>().await.unwrap();
    assert_eq!(payloads.len(), 1);
    queue
        .assert_triggered::<as_user>(|payload| {
            payload.user_id == alice && payload.text == "order 7"
        })
        .await;
    let runs = queue.drain(&stack.supabase()).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].status, RunStatus::Completed);
    drop(queue);
    stack.shutdown().await.unwrap();
}
