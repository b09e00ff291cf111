//! Answers, and how they become bytes: RESP2 frames from the `redis-protocol` crate under the names that commands use.

use std::fmt::Display;

use bytes::{Bytes, BytesMut};
use redis_protocol::resp2::{encode::extend_encode, types::BytesFrame};

/// One answer to one command.
pub type Frame = BytesFrame;

/// `+OK`
pub fn ok() -> Frame {
    simple("OK")
}

/// A word of the server's own.
pub fn simple(word: &'static str) -> Frame {
    Frame::SimpleString(Bytes::from_static(word.as_bytes()))
}

/// An error. Its text is one line, whatever it quotes.
pub fn error(error: impl Display) -> Frame {
    Frame::Error(error.to_string().replace(['\r', '\n'], " ").into())
}

/// How many.
pub fn count(count: usize) -> Frame {
    Frame::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Whether.
pub fn flag(flag: bool) -> Frame {
    Frame::Integer(flag.into())
}

/// A string of any bytes.
pub fn bulk(bytes: impl Into<Bytes>) -> Frame {
    Frame::BulkString(bytes.into())
}

/// A string, or nothing.
pub fn maybe(bytes: Option<Bytes>) -> Frame {
    bytes.map_or(Frame::Null, Frame::BulkString)
}

/// Several answers in one.
pub fn array(frames: impl IntoIterator<Item = Frame>) -> Frame {
    Frame::Array(frames.into_iter().collect())
}

/// Adds an answer to what goes out next.
pub fn write(frame: &Frame, out: &mut BytesMut) {
    // Fails only where the frame is longer than it said, and a frame measures itself.
    let written = extend_encode(out, frame, false);
    debug_assert!(written.is_ok(), "{written:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes() {
        let mut out = BytesMut::new();
        let all = array([ok(), error("ERR a\r\nb"), count(7), bulk("x\r\ny"), maybe(None), array([])]);
        write(&all, &mut out);
        write(&flag(true), &mut out);
        assert_eq!(out, "*6\r\n+OK\r\n-ERR a  b\r\n:7\r\n$4\r\nx\r\ny\r\n$-1\r\n*0\r\n:1\r\n");
    }
}
