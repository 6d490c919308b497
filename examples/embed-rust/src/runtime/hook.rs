//! Hooks: components of world `linked-hook`, or of world `hook`, which the host links with the Http component.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Component;

use super::engine::Engine;
use super::event::{Event, Shared};
use super::link;
use crate::bindings::hook::LinkedHookPre;
use crate::bindings::log;
use crate::outbound::Door;

/// One line of a hook's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// How much it matters.
    pub level: log::Level,
    /// Cut at 65536 characters.
    pub message: String,
    /// The text of a JSON object, or any other text.
    pub fields: Option<String>,
}

/// What a hook is given beside its events.
pub struct HookOptions {
    /// What may leave.
    pub door: Door,
    /// By name.
    pub secrets: HashMap<String, String>,
    /// Told of each line.
    pub log: Box<dyn Fn(LogLine) + Send + Sync>,
}

/// In what way an event gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookErrorKind {
    /// It threw, or did what WebAssembly ends.
    Trapped,
    /// It returned an error, or a result that is too long, or asked for too many random bytes.
    Failed,
    /// It computed for too long.
    Cpu,
    /// It asked for too much memory.
    Memory,
    /// Its calls are nested too deeply.
    Stack,
    /// It took too long.
    Deadline,
}

/// Why an event gave no result.
#[derive(Debug)]
pub struct HookError {
    /// What to branch on.
    pub kind: HookErrorKind,
    /// For people.
    pub message: String,
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the hook ended ({:?}): {}", self.kind, self.message)
    }
}

impl std::error::Error for HookError {}

/// A hook, ready for events. Threads may share it: each event blocks the one it runs on.
pub struct Hook {
    engine: Engine,
    component: LinkedHookPre<Event>,
    shared: Arc<Shared>,
}

impl Hook {
    /// Links a component; `http` is the Http component, which hooks of world `hook` call.
    ///
    /// # Errors
    ///
    /// Where it is of neither world.
    pub fn new(engine: &Engine, component: &Component, http: Option<&Component>, options: HookOptions) -> Result<Self> {
        Ok(Self {
            engine: engine.clone(),
            component: link::hook(engine.wasmtime(), component, http)?,
            shared: Arc::new(Shared {
                door: options.door,
                secrets: options.secrets,
                log: options.log,
            }),
        })
    }

    /// Handles one event in an instance of its own. Event and result are JSON text.
    ///
    /// # Errors
    ///
    /// Where the hook gave no result.
    pub fn run(&self, event: &str) -> Result<String, HookError> {
        let mut store = Event::store(&self.engine, &self.shared);
        let result = self
            .component
            .instantiate(&mut store)
            .and_then(|hook| hook.call_run(&mut store, event));
        let failed = |message| HookError {
            kind: HookErrorKind::Failed,
            message,
        };
        match result {
            Ok(Ok(text)) if text.encode_utf16().count() > self.shared.door.limits().result_length => {
                Err(failed("its result is longer than limits.resultLength".to_owned()))
            }
            Ok(Ok(text)) => Ok(text),
            Ok(Err(message)) => Err(failed(message)),
            Err(error) => Err(store.data().ended(&error)),
        }
    }
}
