//! One TLS connection, driven by hand: what is read, what is written and when it ends is decided here alone.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::ClientConnection;

use super::call::Call;
use crate::bindings::types::{Failure, FailureCode, Phase};

const BROKEN: &str = "broke the connection";

/// A connection for one call at a time. What it has to write goes out while it reads, so that a server that answers
/// before it has read all of a request is heard.
pub struct Connection {
    socket: TcpStream,
    tls: ClientConnection,
    outgoing: Vec<u8>,
    taken: usize,
    /// Why nothing can be written any more; what has come can still be read.
    write_error: Option<ErrorKind>,
    ended: bool,
    pub(super) idle_since: Instant,
    /// How long the server keeps it, where it has said so.
    pub(super) kept_for: Duration,
}

impl Connection {
    pub(super) fn new(socket: TcpStream, tls: ClientConnection) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            tls,
            outgoing: Vec::new(),
            taken: 0,
            write_error: None,
            ended: false,
            idle_since: Instant::now(),
            kept_for: Duration::MAX,
        })
    }

    pub(super) fn handshake(&mut self, call: &mut Call) -> Result<(), Failure> {
        while self.tls.is_handshaking() {
            self.turn(call)?;
            if self.tls.is_handshaking() && (self.ended || self.write_error.is_some()) {
                return Err(call.fail(FailureCode::ConnectionError, BROKEN));
            }
        }
        Ok(())
    }

    /// Begins to send a request. It is sent while [`Self::read`] waits.
    pub(super) fn send(&mut self, request: Vec<u8>, call: &mut Call) {
        self.outgoing = request;
        self.taken = 0;
        call.phase = Phase::Send;
        call.sent = true;
    }

    /// Reads what the server sends; 0 where it has ended the connection.
    pub(super) fn read(&mut self, buffer: &mut [u8], call: &mut Call) -> Result<usize, Failure> {
        loop {
            match self.tls.reader().read(buffer) {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.turn(call)?,
                // The end without a close_notify is an end too: whether the message is whole is told by its framing.
                Err(_) => return Ok(0),
            }
        }
    }

    /// Whether another call may ride on it: it stands, and nothing has come that nobody asked for.
    pub(super) fn is_usable(&mut self) -> bool {
        for _ in 0..LOOKS {
            match self.tls.read_tls(&mut self.socket) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
            let quiet = |state: rustls::IoState| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed();
            if !self.tls.process_new_packets().is_ok_and(quiet) {
                return false;
            }
        }
        false
    }

    /// Whether the request has left whole, and nothing stands in the way of another.
    pub(super) fn is_settled(&self) -> bool {
        self.has_sent() && self.write_error.is_none() && !self.ended
    }

    fn has_sent(&self) -> bool {
        self.taken == self.outgoing.len() && !self.tls.wants_write()
    }

    /// Writes and reads what can be, or waits until something can.
    fn turn(&mut self, call: &mut Call) -> Result<(), Failure> {
        // A server that never stops sending what holds no data would never let the wait below come.
        call.left()?;
        let wrote = self.write(call)?;
        if call.phase == Phase::Send && self.has_sent() {
            call.phase = Phase::Headers;
        }
        // An answer cannot have come yet to what was written just now.
        if wrote || (!self.fill(call)? && !self.ended) {
            self.wait(call)?;
        }
        Ok(())
    }

    fn write(&mut self, call: &Call) -> Result<bool, Failure> {
        let mut progress = false;
        while self.write_error.is_none() {
            if !self.tls.is_handshaking() && self.taken < self.outgoing.len() {
                let rest = &self.outgoing[self.taken..];
                let length = self
                    .tls
                    .writer()
                    .write(rest)
                    .map_err(|error| broken(call, error.kind()))?;
                self.taken += length;
            }
            if !self.tls.wants_write() {
                break;
            }
            match self.tls.write_tls(&mut self.socket) {
                Ok(_) => progress = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.write_error = Some(error.kind()),
            }
        }
        Ok(progress)
    }

    fn fill(&mut self, call: &mut Call) -> Result<bool, Failure> {
        match self.tls.read_tls(&mut self.socket) {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(broken(call, error.kind())),
        }
        if let Err(error) = self.tls.process_new_packets() {
            // The alert that tells the server why.
            let _ = self.tls.write_tls(&mut self.socket);
            call.phase = Phase::Tls;
            return Err(call.fail_with(FailureCode::TlsError, tls_fault(&error), error));
        }
        Ok(true)
    }

    fn wait(&self, call: &Call) -> Result<(), Failure> {
        let mut interest = PollFlags::IN;
        if self.write_error.is_none() && self.tls.wants_write() {
            interest |= PollFlags::OUT;
        }
        let left = Timespec::try_from(call.left()?).map_err(|_| call.timed_out())?;
        let mut waited = [PollFd::new(&self.socket, interest)];
        match poll(&mut waited, Some(&left)) {
            Ok(0) => Err(call.timed_out()),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(call.fail_with(FailureCode::Other, "was not waited for: a fault of this host", error)),
        }
    }
}

/// Reads that a kept connection may take to be found quiet: a server that has more to say than that is not.
const LOOKS: usize = 8;

fn broken(call: &Call, kind: ErrorKind) -> Failure {
    call.fail_with(FailureCode::ConnectionError, BROKEN, kind)
}

fn tls_fault(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
    };
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
                "shows a certificate outside its dates"
            }
            NotValidForName | NotValidForNameContext { .. } => "shows a certificate for another name",
            _ => "shows a certificate that no trusted authority vouches for",
        },
        _ => "failed the TLS handshake",
    }
}
