//! [`Bridge`]: PostgreSQL's wire protocol between a connection and the embedded server.

use std::fmt;
use std::io::{self, Read, Write};

use oliphaunt_wasix::session::{ProtocolSession, startup_error_response_output};

use super::frame::{Opening, error_response, message, opening, query};

/// What a session leaves behind that the next one must not see.
///
/// `discard all` resets all but the session's user: this server ignores `reset session authorization`.
const RESET: [&str; 3] = [
    "rollback",
    "set session authorization postgres",
    "discard all",
];

/// Serves one connection after the other from the embedded server's one session.
pub(super) struct Bridge {
    session: ProtocolSession,
    /// What the server answered to the first start packet. It holds for all.
    greeting: Option<Vec<u8>>,
    /// Why the server runs no more statements.
    dead: Option<String>,
}

impl Bridge {
    pub(super) fn new(session: ProtocolSession) -> Self {
        Self {
            session,
            greeting: None,
            dead: None,
        }
    }

    /// Serves a connection until it is closed, or the server is dead.
    pub(super) fn serve(
        &mut self,
        mut stream: impl Read + Write,
        password: &str,
    ) -> io::Result<()> {
        let Some(start) = self.open(&mut stream, password)? else {
            return Ok(());
        };
        let greeting = match &self.greeting {
            Some(greeting) => {
                let greeting = greeting.clone();
                self.reset();
                greeting
            }
            None => self.greet(&start),
        };
        if self.dead.is_none() {
            stream.write_all(&greeting)?;
        }
        let mut batch = Vec::new();
        while self.dead.is_none() {
            let Some(kind) = message(&mut stream, &mut batch)? else {
                break;
            };
            match kind {
                b'X' => break,
                // The server answers at these: Query, Sync, Flush, FunctionCall, CopyDone and CopyFail.
                b'Q' | b'S' | b'H' | b'F' | b'c' | b'f' => {
                    let answer = self.send(&batch);
                    batch.clear();
                    stream.write_all(&answer)?;
                }
                _ => {}
            }
        }
        if let Some(reason) = &self.dead {
            stream.write_all(&error_response(reason))?;
        }
        stream.flush()
    }

    /// Reads all up to the packet that starts a session, and returns it. `None` if there is no session.
    fn open(
        &self,
        stream: &mut (impl Read + Write),
        password: &str,
    ) -> io::Result<Option<Vec<u8>>> {
        loop {
            match opening(stream)? {
                Opening::Encryption => stream.write_all(b"N")?,
                Opening::Nothing => return Ok(None),
                Opening::Start(packet) => {
                    // Asks for the password.
                    stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
                    let mut given = Vec::new();
                    let kind = message(stream, &mut given)?;
                    let expected = [password.as_bytes(), b"\0"].concat();
                    if kind == Some(b'p') && given.get(5..) == Some(&expected) {
                        return Ok(Some(packet));
                    }
                    stream.write_all(&error_response("the password is wrong"))?;
                    return Ok(None);
                }
            }
        }
    }

    /// Starts the server's session.
    fn greet(&mut self, start: &[u8]) -> Vec<u8> {
        match self.session.startup_with_packet(start) {
            Ok(response) if response.accepted => {
                self.greeting = Some(response.output.clone());
                response.output
            }
            Ok(response) => response.output,
            Err(error) => {
                let answer = startup_error_response_output(&error).map(<[u8]>::to_vec);
                self.dead = Some(died(&error));
                answer.unwrap_or_default()
            }
        }
    }

    /// Brings the session to its first state.
    fn reset(&mut self) {
        for sql in RESET {
            self.send(&query(sql));
        }
    }

    fn send(&mut self, batch: &[u8]) -> Vec<u8> {
        if self.dead.is_some() {
            return Vec::new();
        }
        self.session.send_buffered(batch).unwrap_or_else(|error| {
            let reason = died(&error);
            tracing::error!("{reason}");
            self.dead = Some(reason);
            Vec::new()
        })
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// Ends the server. One that is dead may not be able to.
    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        match (self.session.shutdown(), &self.dead) {
            (Err(error), None) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Says why, without the addresses in the server's code.
fn died(error: &anyhow::Error) -> String {
    let lines = error.chain().map(ToString::to_string);
    let reasons: Vec<_> = lines
        .filter_map(|text| text.lines().next().map(|line| line.replace('\0', "")))
        .collect();
    let reason = reasons.join(": ");
    format!("the embedded PostgreSQL has ended: {reason}; start another stack")
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}
