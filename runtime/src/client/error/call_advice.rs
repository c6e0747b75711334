//! [`Advice`]: advice that comes from the call.

/// Advice from the call, which can be more specific than advice by the error's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// The server supports only batches of broadcasts.
    OldRealtime,
    QueuesNotExposed,
    NoSuchQueue,
    QueueNotGranted,
}

impl Advice {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::OldRealtime => {
                "a single message needs a Realtime server of version 2.97 or newer: update the \
                 Supabase CLI or the server, or send it by `broadcast_batch`"
            }
            Self::QueuesNotExposed => {
                "is the Queues integration on, and \"Expose Queues via PostgREST\" in its settings?"
            }
            Self::NoSuchQueue => "is there a queue of this name?",
            Self::QueueNotGranted => {
                "a user's client needs the queue's grants and a policy on its table `pgmq.q_…`"
            }
        }
    }
}
