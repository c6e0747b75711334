//! [`Program`]: the task program, as a process.

use std::process::{Output, Stdio};
use std::time::Duration;

use supabase_task::LocalSupabase;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// How long a process may take, on a machine that builds at the same time.
const LONGEST: Duration = Duration::from_secs(60);

/// A project without a server, for tasks that send no request.
pub(crate) const NOWHERE: [(&str, &str); 2] = [
    ("SUPABASE_URL", "http://127.0.0.1:9"),
    ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_nowhere"),
];

/// The program with its arguments, variables and standard input.
pub(crate) struct Program {
    command: Command,
    input: Option<&'static str>,
}

/// How the process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_task-program"), arguments)
    }

    /// The program whose task takes a database.
    #[cfg(feature = "external")]
    pub(crate) fn with_database(arguments: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_database-program"), arguments)
    }

    fn of(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self {
            command,
            input: None,
        }
    }

    pub(crate) fn env<'a>(
        mut self,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        self.command.envs(variables);
        self
    }

    /// The variables of a project, with a JWT secret.
    pub(crate) fn project(self, stack: &LocalSupabase) -> Self {
        self.env([
            ("SUPABASE_URL", stack.url()),
            ("SUPABASE_PUBLISHABLE_KEY", stack.publishable_key()),
            ("SUPABASE_SECRET_KEY", stack.secret_key()),
            ("SUPABASE_JWT_SECRET", stack.jwt_secret()),
        ])
    }

    pub(crate) fn without(mut self, variable: &str) -> Self {
        self.command.env_remove(variable);
        self
    }

    pub(crate) fn input(mut self, text: &'static str) -> Self {
        self.input = Some(text);
        self
    }

    /// Starts the process, for a test that interacts with it.
    pub(crate) fn spawn(mut self) -> tokio::process::Child {
        self.command.spawn().unwrap()
    }

    pub(crate) async fn run(self) -> Ended {
        let input = self.input;
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().unwrap();
        if let Some(text) = input {
            stdin.write_all(text.as_bytes()).await.unwrap();
        }
        drop(stdin);
        let output = tokio::time::timeout(LONGEST, child.wait_with_output()).await;
        output.expect("the process did not end").unwrap().into()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Asserts the exit code and returns the standard output.
    #[track_caller]
    pub(crate) fn exited(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:#?}");
        &self.stdout
    }

    /// Asserts that standard error contains this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no `{text}`: {self:#?}");
        self
    }
}
