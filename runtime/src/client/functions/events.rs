//! Server-sent events, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> defines them.

use std::collections::VecDeque;
use std::fmt;

/// The most bytes of an event that are kept before its end has arrived.
const MAX_EVENT: usize = 1024 * 1024;

/// One server-sent event of an Edge Function.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerEvent {
    /// The kind of event, `message` if the function names none.
    pub event: String,
    /// The lines of data, with a newline between them.
    pub data: String,
    /// The last id that the function sent, with this event or an earlier one.
    pub id: Option<String>,
}

// The data is the function's.
impl fmt::Debug for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerEvent")
            .field("event", &self.event)
            .field("id", &self.id)
            .field("length", &self.data.len())
            .finish()
    }
}

/// Decodes events from bytes, wherever the bytes are cut.
#[derive(Default)]
pub(super) struct Decoder {
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// The last byte was a carriage return, so a newline after it does not end another line.
    after_return: bool,
    /// Whether the first line, which may start with a byte order mark, has been read.
    started: bool,
    event: String,
    data: Option<String>,
    id: Option<String>,
    complete: VecDeque<ServerEvent>,
    too_long: bool,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    self.line(&line);
                }
                _ => {
                    self.after_return = false;
                    let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
                    if held >= MAX_EVENT {
                        self.too_long = true;
                        return;
                    }
                    self.line.push(byte);
                }
            }
        }
    }

    /// Returns the next complete event.
    pub(super) fn next(&mut self) -> Result<Option<ServerEvent>, &'static str> {
        match self.complete.pop_front() {
            None if self.too_long => Err("an event of the answer is longer than 1 MiB"),
            event => Ok(event),
        }
    }

    fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let mut line = line.as_ref();
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return self.end();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // Comments, unknown fields, and `retry`, which is for clients that reconnect.
            _ => {}
        }
    }

    fn end(&mut self) {
        let event = std::mem::take(&mut self.event);
        // An event without data does not count.
        let Some(data) = self.data.take() else {
            return;
        };
        let event = if event.is_empty() {
            "message".to_owned()
        } else {
            event
        };
        self.complete.push_back(ServerEvent {
            event,
            data,
            id: self.id.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}: keep-alive\r\ndata: a\r\ndata:b\ndata\r\rid: 7\nevent: delta\ndata:  é\n\n\
        event: empty\n\ndata: last\n\ndata: never ended\n";

    fn expected() -> Vec<ServerEvent> {
        let event = |event: &str, data: &str, id: Option<&str>| ServerEvent {
            event: event.to_owned(),
            data: data.to_owned(),
            id: id.map(str::to_owned),
        };
        vec![
            event("message", "a\nb\n", None),
            event("delta", " é", Some("7")),
            event("message", "last", Some("7")),
        ]
    }

    #[test]
    fn events_are_the_same_wherever_the_bytes_are_cut() {
        for size in 1..=TEXT.len() {
            let mut decoder = Decoder::default();
            let mut events = Vec::new();
            for chunk in TEXT.as_bytes().chunks(size) {
                decoder.push(chunk);
                while let Some(event) = decoder.next().unwrap() {
                    events.push(event);
                }
            }
            assert_eq!(events, expected(), "pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_an_end_is_not_kept_for_ever() {
        let mut decoder = Decoder::default();
        for _ in 0..40 {
            decoder.push(b"data: ");
            decoder.push(&[b'x'; 64 * 1024]);
            decoder.push(b"\n");
        }
        assert!(decoder.next().is_err());
        assert!(decoder.line.len() <= MAX_EVENT);
        assert!(decoder.data.unwrap().len() <= 2 * MAX_EVENT);
    }
}
