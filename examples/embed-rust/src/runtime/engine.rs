//! Compiles components, and ticks for the budgets of those that run.

use std::thread;
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Config, Result};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(2);

/// One for the whole process; hooks share it.
#[derive(Clone)]
pub struct Engine(wasmtime::Engine);

impl Engine {
    /// An engine whose epoch ticks as long as it is there.
    ///
    /// # Errors
    ///
    /// Where this machine is none that Wasmtime runs on.
    pub fn new() -> Result<Self> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = wasmtime::Engine::new(&config)?;
        let weak = engine.weak();
        thread::spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        });
        Ok(Self(engine))
    }

    /// Compiles a component.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn compile(&self, bytes: &[u8]) -> Result<Component> {
        Component::new(&self.0, bytes)
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0
    }
}
