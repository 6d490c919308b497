//! The state of one event: what its guest may still use, and how it was stopped where it used up more.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{Error, ResourceLimiter, Result, Store, Trap, UpdateDeadline};

use super::engine::Engine;
use super::hook::{HookError, HookErrorKind, LogLine};
use crate::bindings::http::Http;
use crate::outbound::{Allowance, Door};

/// Bytes an element of a table takes.
const TABLE_ELEMENT: usize = 8;

/// What the events of one hook have in common.
pub struct Shared {
    pub door: Door,
    pub secrets: HashMap<String, String>,
    pub log: Box<dyn Fn(LogLine) + Send + Sync>,
}

/// The data of a store.
pub struct Event {
    pub shared: Arc<Shared>,
    pub allowance: Allowance,
    /// The last line at level critical: what a guest says before it ends itself.
    pub last_words: Option<String>,
    /// The Http component, once the event has made a call with it.
    pub http: Option<Arc<Http>>,
    memory: Memory,
    cpu: Cpu,
}

/// Why the host ends a guest.
#[derive(Debug)]
pub enum Stop {
    Cpu,
    Deadline,
    Random,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "it computed for longer than limits.cpuMilliseconds",
            Self::Deadline => "it took longer than limits.eventDeadline",
            Self::Random => "it asked for more than 65536 random bytes at once",
        })
    }
}

impl std::error::Error for Stop {}

impl Event {
    /// A store for an event that begins now.
    pub fn store(engine: &Engine, shared: &Arc<Shared>) -> Store<Self> {
        let limits = shared.door.limits();
        let event = Self {
            allowance: Allowance {
                calls: limits.calls_per_event,
                bytes: limits.response_bytes_per_event,
                deadline: Instant::now() + Duration::from_millis(limits.event_deadline.into()),
            },
            last_words: None,
            http: None,
            memory: Memory {
                left: limits.memory_bytes,
                denied: false,
            },
            cpu: Cpu::start(Duration::from_millis(limits.cpu_milliseconds.into())),
            shared: shared.clone(),
        };
        let mut store = Store::new(engine.wasmtime(), event);
        store.limiter(|event| &mut event.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            context.data().check()?;
            Ok(UpdateDeadline::Continue(1))
        });
        // What one call of the host may copy out of the guest: a list can name the same memory many times over.
        store.set_hostcall_fuel(limits.memory_bytes);
        store
    }

    /// Ends the event where its time or its computing is used up.
    pub fn check(&self) -> Result<()> {
        if Instant::now() >= self.allowance.deadline {
            return Err(Stop::Deadline.into());
        }
        if self.cpu.used() > self.cpu.most {
            return Err(Stop::Cpu.into());
        }
        Ok(())
    }

    /// Does the host's own work, which the guest's budget of computing does not pay for.
    pub fn unpaid<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = thread_time();
        let done = work(self);
        self.cpu.unpaid += thread_time().saturating_sub(before);
        done
    }

    /// What is told of an event that gave no result.
    pub fn ended(&self, error: &Error) -> HookError {
        let kind = match (error.downcast_ref::<Stop>(), error.downcast_ref::<Trap>()) {
            (Some(Stop::Cpu), _) => HookErrorKind::Cpu,
            (Some(Stop::Deadline), _) => HookErrorKind::Deadline,
            (Some(Stop::Random), _) => HookErrorKind::Failed,
            (None, _) if self.memory.denied => HookErrorKind::Memory,
            (None, Some(Trap::StackOverflow)) => HookErrorKind::Stack,
            _ => HookErrorKind::Trapped,
        };
        let message = match &self.last_words {
            Some(words) if kind == HookErrorKind::Trapped => words.clone(),
            _ => error.root_cause().to_string(),
        };
        HookError { kind, message }
    }
}

/// All linear memories and tables of an event together: a composed component has more than one.
struct Memory {
    left: usize,
    denied: bool,
}

impl Memory {
    fn grow(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => self.denied = true,
        }
        !self.denied
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(self.grow(desired - current))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(self.grow((desired - current).saturating_mul(TABLE_ELEMENT)))
    }
}

/// The time the event's thread has computed. Waiting is not in it, and neither is the host's work.
struct Cpu {
    begun: Duration,
    unpaid: Duration,
    most: Duration,
}

impl Cpu {
    fn start(most: Duration) -> Self {
        Self {
            begun: thread_time(),
            unpaid: Duration::ZERO,
            most,
        }
    }

    fn used(&self) -> Duration {
        thread_time().saturating_sub(self.begun + self.unpaid)
    }
}

fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
