//! [`Peer`]: a contender's process, and the resources that processes use.

use std::fs;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::contender::Contender;
use super::protocol::{Answer, Role};

pub(crate) struct Peer {
    child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts it and waits until it accepts commands.
    pub(crate) async fn start(who: Contender, role: Role, url: &str, concurrency: usize) -> Self {
        let mut child = Command::from(who.command(role, url, concurrency))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the peer starts");
        let commands = child.stdin.take().expect("it is piped");
        let answers = child.stdout.take().expect("it is piped");
        let mut peer = Self {
            child,
            commands,
            answers: BufReader::new(answers).lines(),
        };
        peer.answer().await;
        peer
    }

    pub(crate) async fn ask(&mut self, command: &str) -> Answer {
        let line = format!("{command}\n");
        let written = self.commands.write_all(line.as_bytes()).await;
        written.expect("the peer is there");
        self.answer().await
    }

    async fn answer(&mut self) -> Answer {
        let line = self.answers.next_line().await.expect("the peer is there");
        let line = line.expect("the peer answers");
        serde_json::from_str(&line).expect("an answer")
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        let Self {
            mut child,
            commands,
            ..
        } = self;
        drop(commands);
        let status = child.wait().await.expect("it was started");
        assert!(status.success(), "a peer failed: {status}");
    }

    fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) fn processor_seconds(&self) -> f64 {
        seconds(self.id(), false)
    }

    /// The current resident memory.
    pub(crate) fn memory_mebibytes(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kibibytes.map_or(f64::NAN, |kibibytes: f64| kibibytes / 1024.0)
    }
}

/// The processor time of a process, its children, and those of them that have ended.
pub(crate) fn family_seconds(parent: u32) -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children = ids.filter(|id| stat(*id).is_some_and(|stat| stat.parent == parent));
    let children: f64 = children.map(|id| seconds(id, false)).sum();
    seconds(parent, true) + children
}

/// The contents of `/proc/ID/stat`.
struct Stat {
    parent: u32,
    ticks: u64,
    ticks_of_ended_children: u64,
}

fn stat(id: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field is the program's name, in parentheses; this starts with the third.
    let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        ticks: number(11)? + number(12)?,
        ticks_of_ended_children: number(13)? + number(14)?,
    })
}

/// Processor time in user and kernel mode. NaN where there is no `/proc`.
fn seconds(id: u32, with_ended_children: bool) -> f64 {
    // A tick is a hundredth of a second on every Linux.
    stat(id).map_or(f64::NAN, |stat| {
        let more = match with_ended_children {
            true => stat.ticks_of_ended_children,
            false => 0,
        };
        (stat.ticks + more) as f64 / 100.0
    })
}
