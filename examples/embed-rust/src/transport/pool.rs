//! The connections one hook keeps between its calls.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::limits::Limits;

/// Kept connections, apart by origin and by credentials: those of one never ride on a connection of another.
pub struct Pool {
    kept: Mutex<Vec<(Key, Connection)>>,
    most: usize,
    idle: Duration,
}

/// What a connection is kept by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The host, and the port where it is not 443.
    pub authority: String,
    /// The Authorization field; `None` where there is none.
    pub credential: Option<String>,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: &Limits) -> Self {
        Self {
            kept: Mutex::default(),
            most: limits.idle_connections_per_hook,
            idle: Duration::from_millis(limits.idle_milliseconds.into()),
        }
    }

    /// The connection that was used last, so that the others can age and close.
    pub(crate) fn take(&self, key: &Key) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut kept = self.kept.lock().expect("no holder panics");
                let at = kept.iter().rposition(|(other, _)| other == key)?;
                kept.remove(at).1
            };
            if !self.is_old(&connection) && connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose exchange is over, and closes those that are too old.
    pub(crate) fn put(&self, key: Key, mut connection: Connection) {
        connection.idle_since = Instant::now();
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.retain(|(_, connection)| !self.is_old(connection));
        if kept.len() < self.most {
            kept.push((key, connection));
        }
    }

    fn is_old(&self, connection: &Connection) -> bool {
        connection.idle_since.elapsed() >= self.idle.min(connection.kept_for)
    }
}
