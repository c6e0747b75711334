//~ errors: 1

use supabase_task::auth::{AnyTable, AuthKind, AuthMode, Principal};

#[derive(Debug)]
pub enum Root {}

impl AuthMode for Root {
    type Identity = ();
    type Tables = AnyTable;
    const KIND: AuthKind = AuthKind::Service;

    fn principal(_: ()) -> Principal {
        Principal::Service
    }
}

fn main() {}
