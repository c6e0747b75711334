//! [`RunClaim`]: the claim that names a run.

use uuid::Uuid;

/// The run that a token was minted for; becomes the `supabase_task` claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClaim {
    pub(crate) task_id: &'static str,
    pub(crate) run_id: Uuid,
}
