//! The messages of PostgreSQL's wire protocol.

use std::io::{self, Read};

/// The length of a packet's own length.
const LENGTH: u32 = 4;

/// The longest start packet that a server reads.
const LONGEST_START: u32 = 10_000;

/// The longest message that a server reads.
const LONGEST: u32 = 1 << 30;

const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const CANCEL: u32 = 80_877_102;

/// What a client sends first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// A question whether the connection can be encrypted.
    Encryption,
    /// The packet that starts a session.
    Start(Vec<u8>),
    /// Nothing, or that a statement is to be cancelled.
    Nothing,
}

/// Reads a packet from before the session.
pub(super) fn opening(stream: &mut impl Read) -> io::Result<Opening> {
    let mut head = [0; 4];
    if !is_there(stream, &mut head)? {
        return Ok(Opening::Nothing);
    }
    let mut packet = head.to_vec();
    rest(stream, u32::from_be_bytes(head), LONGEST_START, &mut packet)?;
    let code = packet
        .get(4..8)
        .and_then(|code| Some(u32::from_be_bytes(code.try_into().ok()?)));
    Ok(match code {
        Some(SSL | GSS) => Opening::Encryption,
        Some(CANCEL) | None => Opening::Nothing,
        Some(_) => Opening::Start(packet),
    })
}

/// Reads a whole message to the end of `batch`, and returns its kind. `None` if the client has gone.
pub(super) fn message(stream: &mut impl Read, batch: &mut Vec<u8>) -> io::Result<Option<u8>> {
    let mut head = [0; 5];
    if !is_there(stream, &mut head)? {
        return Ok(None);
    }
    batch.extend_from_slice(&head);
    let [kind, length @ ..] = head;
    rest(stream, u32::from_be_bytes(length), LONGEST, batch)?;
    Ok(Some(kind))
}

/// Fills `head`, or finds that the client has gone before its first byte.
fn is_there(stream: &mut impl Read, head: &mut [u8]) -> io::Result<bool> {
    let (first, others) = head.split_at_mut(1);
    if stream.read(first)? == 0 {
        return Ok(false);
    }
    stream.read_exact(others)?;
    Ok(true)
}

fn rest(stream: &mut impl Read, length: u32, longest: u32, batch: &mut Vec<u8>) -> io::Result<()> {
    let Some(expected) = length.checked_sub(LENGTH).filter(|_| length <= longest) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    // The memory is taken as the bytes come, not as the length says.
    let read = stream.take(expected.into()).read_to_end(batch)?;
    match u32::try_from(read) == Ok(expected) {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// A message that runs SQL, which has no byte 0.
pub(super) fn query(sql: &str) -> Vec<u8> {
    framed(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

/// A message that ends the session, with an error that a pool does not wait over.
pub(super) fn error_response(reason: &str) -> Vec<u8> {
    let fields = [
        "SFATAL", "VFATAL", // Its name is `crash_shutdown`.
        "C57P02", "M",
    ];
    let mut body = fields.join("\0").into_bytes();
    body.extend_from_slice(reason.as_bytes());
    body.extend_from_slice(b"\0\0");
    framed(b'E', &body)
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(LONGEST);
    let length = length.saturating_add(LENGTH).to_be_bytes();
    [&[kind], length.as_slice(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_whole_and_the_kind_is_returned() {
        let sent = [query("select 1"), query("select 2")].concat();
        let (mut stream, mut batch) = (sent.as_slice(), Vec::new());
        assert_eq!(message(&mut stream, &mut batch).unwrap(), Some(b'Q'));
        assert_eq!(batch, query("select 1"));
        assert_eq!(message(&mut stream, &mut batch).unwrap(), Some(b'Q'));
        assert_eq!(batch, sent);
        assert_eq!(message(&mut stream, &mut batch).unwrap(), None);
    }

    #[test]
    fn a_message_that_is_cut_or_has_a_wrong_length_is_an_error() {
        for sent in [
            [b'Q', 0, 0, 0, 9, 1].as_slice(),
            &[b'Q', 0, 0, 0, 3],
            &[b'Q', 255, 255, 255, 255],
            b"Q\0",
        ] {
            let mut stream = sent;
            assert!(message(&mut stream, &mut Vec::new()).is_err(), "{sent:?}");
        }
    }

    #[test]
    fn the_first_packet_says_what_the_client_wants() {
        let packet = |code: u32| [8_u32.to_be_bytes(), code.to_be_bytes()].concat();
        let of = |packet: Vec<u8>| opening(&mut packet.as_slice()).unwrap();
        assert_eq!(of(packet(SSL)), Opening::Encryption);
        assert_eq!(of(packet(GSS)), Opening::Encryption);
        assert_eq!(of(packet(CANCEL)), Opening::Nothing);
        assert_eq!(of(Vec::new()), Opening::Nothing);
        assert_eq!(of(packet(196_608)), Opening::Start(packet(196_608)));
    }
}
