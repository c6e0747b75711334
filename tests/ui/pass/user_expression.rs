//! `user = …` is any expression over the payload, of type `UserId` or `uuid::Uuid`.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Owner {
    id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct ShareTodo {
    owner: Owner,
    readers: Vec<UserId>,
}

impl ShareTodo {
    fn first_reader(&self) -> UserId {
        self.readers[0]
    }
}

#[supabase_task(auth = "user", user = payload.owner.id)]
async fn by_nested_field(payload: ShareTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("shares").insert(&payload).await?;
    Ok(())
}

#[supabase_task(auth = "user", user = payload.first_reader())]
async fn by_method(mut payload: ShareTodo, supabase: UserClient) -> TaskResult<()> {
    payload.readers.clear();
    supabase.from("shares").insert(&payload).await?;
    Ok(())
}

#[supabase_task(auth = "user", user = &share.readers[1])]
async fn by_reference(share: ShareTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("shares").insert(&share).await?;
    Ok(())
}

#[supabase_task(auth = "user", user = if all { owner(payload) } else { payload.first_reader() })]
async fn by_block(payload: ShareTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("shares").insert(&payload).await?;
    Ok(())
}

#[allow(non_upper_case_globals)]
const all: bool = true;

fn owner(share: &ShareTodo) -> UserId {
    share.owner.id.into()
}

#[supabase_task(auth = "user", user = user_id)]
async fn by_the_payload_itself(user_id: UserId, supabase: UserClient) -> TaskResult<()> {
    supabase
        .from("shares")
        .delete()
        .eq("reader", user_id)
        .await?;
    Ok(())
}

fn main() {
    let id = |digit: u128| UserId::from(Uuid::from_u128(digit));
    let share = ShareTodo {
        owner: Owner {
            id: Uuid::from_u128(1),
        },
        readers: vec![id(2), id(3)],
    };
    assert_eq!(by_nested_field::identity(&share), id(1));
    assert_eq!(by_method::identity(&share), id(2));
    assert_eq!(by_reference::identity(&share), id(3));
    assert_eq!(by_block::identity(&share), id(1));
    assert_eq!(by_the_payload_itself::identity(&id(4)), id(4));
}
