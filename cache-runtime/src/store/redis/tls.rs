//! A probe for TLS: whether a server that closes connections without a word waits for it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The beginning of a connection by TLS 1.2 (RFC 5246, section 7.4.1.2): what no server of TLS leaves without an answer.
const HELLO: [u8; 56] = {
    // A record of 51 bytes; in it a handshake's first message of 47, for version 1.2.
    let begin = [22, 3, 1, 0, 51, 1, 0, 0, 47, 3, 3];
    // After 32 bytes that are to be random, and need not be where no secret follows: no session, four ciphers, no
    // compression, no extensions.
    let end = [0, 0, 8, 0xc0, 0x2f, 0xc0, 0x30, 0xc0, 0x2b, 0, 0x2f, 1, 0];
    let mut hello = [0x5a; 56];
    let mut at = 0;
    while at < begin.len() {
        hello[at] = begin[at];
        at += 1;
    }
    at = 0;
    while at < end.len() {
        hello[hello.len() - end.len() + at] = end[at];
        at += 1;
    }
    hello
};

/// Tells whether a record that begins with this byte is an answer in TLS (RFC 8446, section 5.1): an alert, with which a server
/// ends what it does not like, or a handshake.
pub(super) fn answers(first: u8) -> bool {
    matches!(first, 21 | 22)
}

/// Tells whether what is at the other end of a new connection speaks TLS.
pub(super) async fn is_spoken(mut stream: TcpStream) -> bool {
    let mut first = [0];
    stream.write_all(&HELLO).await.is_ok()
        && stream.read_exact(&mut first).await.is_ok()
        && answers(first[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_in_the_greeting_are_those_of_what_follows() {
        let length = |at: usize, bytes: usize| {
            HELLO[at..at + bytes].iter().fold(0, |length, byte| length * 256 + usize::from(*byte))
        };
        assert_eq!(length(3, 2), HELLO.len() - 5);
        assert_eq!(length(6, 3), HELLO.len() - 9);
        let ciphers = 9 + 2 + 32 + 1;
        assert_eq!(length(ciphers, 2), 8);
        assert_eq!(HELLO[ciphers + 2 + 8..], [1, 0]);
    }
}
