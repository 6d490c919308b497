//! From a name to its addresses.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// Look-ups of the operating system at once. Each holds a thread until it ends, also where its call has ended before.
const PLACES: usize = 16;

/// Why a name gave no address.
#[derive(Debug)]
pub enum ResolveError {
    /// It has none.
    NoAddress,
    /// It could not be looked up.
    Unavailable(io::Error),
    /// The time was over.
    TimedOut,
}

/// How names become addresses.
pub trait Resolve: Send + Sync {
    /// All addresses of a host, in the order to try them, within this time.
    ///
    /// # Errors
    ///
    /// Where there is none.
    fn resolve(&self, host: &str, within: Duration) -> Result<Vec<IpAddr>, ResolveError>;
}

/// What the operating system asks.
pub struct SystemResolver {
    places: Arc<Places>,
}

struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Default for SystemResolver {
    fn default() -> Self {
        let places = Places {
            free: Mutex::new(PLACES),
            freed: Condvar::new(),
        };
        Self {
            places: Arc::new(places),
        }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, within: Duration) -> Result<Vec<IpAddr>, ResolveError> {
        let until = Instant::now() + within;
        self.places.take(within)?;
        let (answer, answered) = mpsc::channel();
        let places = self.places.clone();
        let host = host.to_owned();
        thread::spawn(move || {
            let found = (host.as_str(), 0).to_socket_addrs();
            places.give_back();
            // The call may have ended before.
            let _ = answer.send(found);
        });
        match answered.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(found)) => Ok(found.map(|socket| socket.ip()).collect()),
            Ok(Err(error)) => Err(ResolveError::Unavailable(error)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(ResolveError::TimedOut),
        }
    }
}

impl Places {
    fn take(&self, within: Duration) -> Result<(), ResolveError> {
        let free = self.free.lock().expect("no holder panics");
        let (mut free, _) = self
            .freed
            .wait_timeout_while(free, within, |free| *free == 0)
            .expect("no holder panics");
        *free = free.checked_sub(1).ok_or(ResolveError::TimedOut)?;
        Ok(())
    }

    fn give_back(&self) {
        *self.free.lock().expect("no holder panics") += 1;
        self.freed.notify_one();
    }
}

/// A table in place of DNS, for tests. It notes what it is asked.
#[derive(Default)]
pub struct Table {
    answers: HashMap<String, DnsAnswer>,
    asked: Arc<Mutex<Vec<String>>>,
}

/// How a name is answered by a [`Table`].
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum DnsAnswer {
    /// With these.
    Addresses(Vec<IpAddr>),
    /// With a fault.
    Fault(DnsFault),
}

/// How a name is not answered.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnsFault {
    /// There is no such name.
    Nxdomain,
    /// The server cannot tell.
    Servfail,
    /// Never.
    Silent,
}

impl Table {
    /// Any other name has no address.
    pub fn new(answers: HashMap<String, DnsAnswer>) -> Self {
        Self {
            answers,
            asked: Arc::default(),
        }
    }

    /// The names that are looked up, as they are.
    pub fn asked(&self) -> Arc<Mutex<Vec<String>>> {
        self.asked.clone()
    }
}

impl Resolve for Table {
    fn resolve(&self, host: &str, within: Duration) -> Result<Vec<IpAddr>, ResolveError> {
        self.asked.lock().expect("no holder panics").push(host.to_owned());
        match self.answers.get(host) {
            Some(DnsAnswer::Addresses(addresses)) => Ok(addresses.clone()),
            None | Some(DnsAnswer::Fault(DnsFault::Nxdomain)) => Err(ResolveError::NoAddress),
            Some(DnsAnswer::Fault(DnsFault::Servfail)) => Err(ResolveError::Unavailable(io::ErrorKind::Other.into())),
            Some(DnsAnswer::Fault(DnsFault::Silent)) => {
                thread::sleep(within);
                Err(ResolveError::TimedOut)
            }
        }
    }
}
