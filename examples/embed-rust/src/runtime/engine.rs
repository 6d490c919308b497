//! Compiles components, and ticks for the budgets of those that run.

use std::thread;
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, Result};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(2);
/// What a guest may use of its thread's stack, which has 2 MiB unless its maker says otherwise.
const STACK: usize = 1 << 20;
/// Events at once, of all hooks together; one more is refused. A hook and the Http component are two instances.
const EVENTS: u32 = 512;
/// Bytes of a memory, and of a table, that are wiped and kept for the next event; what is over is given back.
const KEPT: usize = 256 << 10;

/// One for the whole process; hooks share it.
#[derive(Clone)]
pub struct Engine(wasmtime::Engine);

impl Engine {
    /// An engine that compiles to fast code.
    ///
    /// # Errors
    ///
    /// Where this machine is none that Wasmtime runs on.
    pub fn new() -> Result<Self> {
        let mut config = Config::new();
        config.max_wasm_stack(STACK);
        Self::of(config)
    }

    /// An engine that compiles in less than half the time, for tests: a hook with a whole language in it takes seconds.
    /// Its code takes more stack, and so it runs on a thread that has 8 MiB, as the first one.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn compiling_quickly() -> Result<Self> {
        let mut config = Config::new();
        config
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            .max_wasm_stack(2 * STACK);
        Self::of(config)
    }

    /// Its epoch ticks as long as it is there.
    fn of(mut config: Config) -> Result<Self> {
        config.epoch_interruption(true);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
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

/// Where instances are made: half of what an event costs is spared when their memory is there before. It is address
/// space alone until it is used, so it has room for whatever an engine of a language brings.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(2 * EVENTS)
        .total_core_instances(16 * EVENTS)
        .total_memories(2 * EVENTS)
        .total_tables(8 * EVENTS)
        .max_core_instances_per_component(100)
        .max_component_instance_size(16 << 20)
        .max_core_instance_size(16 << 20)
        .max_memory_size(4 << 30)
        .table_elements(100_000)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(KEPT);
    pool
}
