//~ errors: 1

use supabase_task::auth::{AuthKind, AuthMode, Principal};

#[derive(Debug)]
pub enum Root {}

impl AuthMode for Root {
    type Identity = ();
    const KIND: AuthKind = AuthKind::Service;

    fn principal(_: ()) -> Principal {
        Principal::Service
    }
}

fn main() {}
