//! [`Members`]: the workers of a queue, and the places of each.

use std::collections::{BTreeMap, VecDeque};

use crate::run::RunId;

/// One of the workers of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MemberId(u64);

impl MemberId {
    /// The worker's name, as attempts tell it.
    pub(super) fn name(self) -> String {
        format!("in-process-{}", self.0)
    }
}

/// The workers of a queue.
#[derive(Debug, Default)]
pub(super) struct Members {
    members: BTreeMap<MemberId, Member>,
    last: u64,
}

#[derive(Debug)]
struct Member {
    concurrency: usize,
    busy: usize,
    /// The runs that waited for a child and want to go on, in turn.
    returning: VecDeque<RunId>,
}

impl Members {
    pub(super) fn join(&mut self, concurrency: usize) -> MemberId {
        self.last += 1;
        let id = MemberId(self.last);
        let member = Member {
            concurrency,
            busy: 0,
            returning: VecDeque::new(),
        };
        self.members.insert(id, member);
        id
    }

    pub(super) fn leave(&mut self, id: MemberId) {
        self.members.remove(&id);
    }

    pub(super) fn ids(&self) -> Vec<MemberId> {
        self.members.keys().copied().collect()
    }

    pub(super) fn has_room(&self, id: MemberId) -> bool {
        let member = self.members.get(&id);
        member.is_some_and(|member| member.busy < member.concurrency)
    }

    pub(super) fn hold(&mut self, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.busy += 1;
        }
    }

    pub(super) fn release(&mut self, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.busy = member.busy.saturating_sub(1);
        }
    }

    /// A run wants to go on; asking twice is asking once.
    pub(super) fn ask(&mut self, id: MemberId, run: RunId) {
        if let Some(member) = self.members.get_mut(&id)
            && !member.returning.contains(&run)
        {
            member.returning.push_back(run);
        }
    }

    /// A run no longer wants to go on.
    pub(super) fn forget(&mut self, id: MemberId, run: RunId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.returning.retain(|returning| *returning != run);
        }
    }

    /// The first run that wants to go on and can.
    pub(super) fn next_returning(
        &self,
        id: MemberId,
        can_run: impl Fn(&RunId) -> bool,
    ) -> Option<RunId> {
        let mut returning = self.members.get(&id)?.returning.iter();
        returning.find(|run| can_run(run)).copied()
    }
}
