//! Reads one response off a connection, line by line and piece by piece, within the call's bounds.

use super::call::Call;
use super::connection::Connection;
use crate::bindings::types::{Failure, FailureCode, Phase};

const PIECE: usize = 16 * 1024;

/// What the server sends for one call.
pub struct Wire<'a> {
    connection: &'a mut Connection,
    /// The call it is for.
    pub call: &'a mut Call,
    buffer: Vec<u8>,
    /// Where what has not been taken yet begins.
    start: usize,
    received: usize,
    most: usize,
}

impl<'a> Wire<'a> {
    /// At most `most` bytes are read, whatever they are.
    pub fn new(connection: &'a mut Connection, call: &'a mut Call, most: usize) -> Self {
        Self {
            connection,
            call,
            buffer: Vec::with_capacity(PIECE),
            start: 0,
            received: 0,
            most,
        }
    }

    /// One line without its CRLF. A lone CR or LF is a fault: others read a line's end there, or none. One that goes on
    /// beyond `most` bytes is not waited for.
    pub fn line(&mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut searched = self.start;
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|&byte| byte == b'\n') {
                let end = searched + at;
                let line = &self.buffer[self.start..end];
                let Some(line) = line.strip_suffix(b"\r").filter(|line| !line.contains(&b'\r')) else {
                    return Err(self.malformed());
                };
                let line = line.to_vec();
                self.start = end + 1;
                return Ok(line);
            }
            searched = self.buffer.len() - self.start;
            if searched > most {
                let what = format!("sent a line over {most} bytes");
                return Err(self.call.fail(FailureCode::TooLarge, what));
            }
            if !self.fill()? {
                return Err(self.cut_short());
            }
        }
    }

    /// The next bytes, at most this many; none where the connection has ended.
    pub fn piece(&mut self, most: u64) -> Result<&[u8], Failure> {
        if self.start == self.buffer.len() {
            self.fill()?;
        }
        let rest = self.buffer.len() - self.start;
        let length = usize::try_from(most).map_or(rest, |most| most.min(rest));
        self.start += length;
        Ok(&self.buffer[self.start - length..self.start])
    }

    /// Whether the request has left whole and the server has sent no more than its response.
    pub fn is_settled(&self) -> bool {
        self.start == self.buffer.len() && self.connection.is_settled()
    }

    /// The failure of a response that is not well-formed.
    pub fn malformed(&self) -> Failure {
        self.call.fail(
            FailureCode::ProtocolError,
            "sent an answer that is not well-formed HTTP/1.1",
        )
    }

    /// The failure of a response that ends before it is whole.
    pub fn cut_short(&self) -> Failure {
        if self.received == 0 {
            return self.call.fail(FailureCode::ConnectionError, "broke the connection");
        }
        self.call.fail(
            FailureCode::ProtocolError,
            "ended the connection in the middle of its answer",
        )
    }

    /// Reads more, and moves what is left to the buffer's beginning. False where there is no more.
    fn fill(&mut self) -> Result<bool, Failure> {
        self.call.left()?;
        self.buffer.drain(..self.start);
        self.start = 0;
        let kept = self.buffer.len();
        self.buffer.resize(kept + PIECE, 0);
        let read = self.connection.read(&mut self.buffer[kept..], self.call);
        let length = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(kept + length);
        read?;
        if self.call.phase == Phase::Send && length > 0 {
            self.call.phase = Phase::Headers;
        }
        self.received += length;
        if self.received > self.most {
            let what = format!("sent a response over {} bytes on the wire", self.most);
            return Err(self.call.fail(FailureCode::TooLarge, what));
        }
        Ok(length > 0)
    }
}
