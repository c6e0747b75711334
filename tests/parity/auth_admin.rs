//! Managing users with the service client, and the current user of a user client.

use std::pin::Pin;

use supabase_task::UserId;
use supabase_task::client::{NewLink, SignOutScope, UserChanges};

use crate::calls::Calls;

fn id() -> UserId {
    UserId::from(uuid::Uuid::from_u128(
        0x1111_1111_1111_1111_1111_1111_1111_1111,
    ))
}

pub(crate) fn calls() -> Calls {
    let mut calls = Calls::default();
    calls.call("au-get-user", |c| {
        let user = c.user.clone();
        boxed(async move { user.get_user().await })
    });
    calls.call("au-list", |c| {
        c.admin.auth_admin().list_users().page(2).per_page(10)
    });
    calls.call("au-get", |c| {
        let admin = c.admin.auth_admin();
        boxed(async move { admin.get_user_by_id(id()).await })
    });
    calls.call("au-update", |c| {
        let admin = c.admin.auth_admin();
        let changes = UserChanges::new().email("c@d.co");
        boxed(async move { admin.update_user_by_id(id(), changes).await })
    });
    calls.call("au-delete", |c| {
        let admin = c.admin.auth_admin();
        boxed(async move { admin.delete_user(id()).await })
    });
    calls.call("au-delete-soft", |c| {
        let admin = c.admin.auth_admin();
        boxed(async move { admin.soft_delete_user(id()).await })
    });
    calls.call("au-generate-link", |c| {
        let admin = c.admin.auth_admin();
        let link = NewLink::magic_link("a@b.co").redirect_to("https://x.y");
        boxed(async move { admin.generate_link(link).await })
    });
    calls.call("au-sign-out", |c| {
        let admin = c.admin.auth_admin();
        let token = c.user.access_token();
        boxed(async move {
            let token = token.unwrap();
            admin.sign_out(&token, SignOutScope::Others).await
        })
    });
    calls
}

/// Makes every call in the table the same kind of future.
fn boxed<T>(future: impl Future<Output = T> + 'static) -> Pin<Box<dyn Future<Output = T>>> {
    Box::pin(future)
}
