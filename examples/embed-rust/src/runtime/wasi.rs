//! As much of WASI 0.2 as engines of languages need to start: clocks, randomness, an empty environment, no directories,
//! and output that goes to the log. What else a guest asks of WASI ends it: `link` makes that a trap.

use std::sync::LazyLock;
use std::time::Instant;

use wasmtime::component::{Component, ComponentType, Linker, LinkerInstance, Lower, Resource};
use wasmtime::{Result, StoreContextMut};

use super::event::Event;
use crate::bindings::log::{Host as _, Level};
use crate::bindings::{clock, random};

/// Bytes one write may have.
const WRITE: u64 = 65_536;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/// Every resource: of the one type that those have which `link` makes for what is not offered here.
type Handle = Resource<()>;

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[expect(dead_code, reason = "writing to the log cannot fail")]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Handle),
    #[component(name = "closed")]
    Closed,
}

type Store<'a> = StoreContextMut<'a, Event>;
type Written = Result<(), StreamError>;

/// Offers it in the version that the component imports, where it imports any.
pub fn add(linker: &mut Linker<Event>, component: &Component) -> Result<()> {
    let ty = component.component_type();
    let version = ty.imports(linker.engine()).find_map(|(name, _)| {
        let (_, version) = name.strip_prefix("wasi:")?.split_once('@')?;
        Some(version.to_owned())
    });
    let Some(version) = version else { return Ok(()) };
    let mut offer = Offer { linker, version };
    environment(&mut offer)?;
    clocks(&mut offer)?;
    streams(&mut offer)
}

struct Offer<'a> {
    linker: &'a mut Linker<Event>,
    version: String,
}

impl Offer<'_> {
    fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, Event>> {
        self.linker.instance(&format!("wasi:{name}@{}", self.version))
    }
}

fn environment(offer: &mut Offer<'_>) -> Result<()> {
    let mut environment = offer.instance("cli/environment")?;
    environment.func_wrap("get-environment", |_: Store<'_>, (): ()| {
        Ok((Vec::<(String, String)>::new(),))
    })?;
    environment.func_wrap("get-arguments", |_: Store<'_>, (): ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_: Store<'_>, (): ()| Ok((None::<String>,)))?;

    let mut preopens = offer.instance("filesystem/preopens")?;
    preopens.func_wrap("get-directories", |_: Store<'_>, (): ()| {
        Ok((Vec::<(Handle, String)>::new(),))
    })
}

fn clocks(offer: &mut Offer<'_>) -> Result<()> {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let mut monotonic = offer.instance("clocks/monotonic-clock")?;
    monotonic.func_wrap("now", |_: Store<'_>, (): ()| {
        Ok((u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX),))
    })?;
    monotonic.func_wrap("resolution", |_: Store<'_>, (): ()| Ok((1u64,)))?;

    let mut wall = offer.instance("clocks/wall-clock")?;
    wall.func_wrap("now", |mut store: Store<'_>, (): ()| {
        let milliseconds = clock::Host::now(store.data_mut())?;
        Ok((Datetime {
            seconds: milliseconds / 1000,
            nanoseconds: (milliseconds % 1000) as u32 * 1_000_000,
        },))
    })?;
    wall.func_wrap("resolution", |_: Store<'_>, (): ()| {
        Ok((Datetime {
            seconds: 0,
            nanoseconds: 1_000_000,
        },))
    })?;

    let mut source = offer.instance("random/random")?;
    source.func_wrap("get-random-bytes", |mut store: Store<'_>, (length,): (u64,)| {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        Ok((random::Host::bytes(store.data_mut(), length)?,))
    })?;
    source.func_wrap("get-random-u64", |mut store: Store<'_>, (): ()| {
        let bytes = random::Host::bytes(store.data_mut(), 8)?;
        Ok((bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)),))
    })
}

fn streams(offer: &mut Offer<'_>) -> Result<()> {
    let mut streams = offer.instance("io/streams")?;
    streams.func_wrap("[method]output-stream.check-write", |_: Store<'_>, (_,): (Handle,)| {
        Ok((Ok::<u64, StreamError>(WRITE),))
    })?;
    for name in ["write", "blocking-write-and-flush"] {
        streams.func_wrap(&format!("[method]output-stream.{name}"), write)?;
    }
    for name in ["flush", "blocking-flush"] {
        streams.func_wrap(
            &format!("[method]output-stream.{name}"),
            |_: Store<'_>, (_,): (Handle,)| Ok((Written::Ok(()),)),
        )?;
    }

    let mut stdin = offer.instance("cli/stdin")?;
    stdin.func_wrap("get-stdin", |_: Store<'_>, (): ()| Ok((Handle::new_own(0),)))?;
    for (name, rep) in [("stdout", STDOUT), ("stderr", STDERR)] {
        let mut output = offer.instance(&format!("cli/{name}"))?;
        output.func_wrap(&format!("get-{name}"), move |_: Store<'_>, (): ()| {
            Ok((Handle::new_own(rep),))
        })?;
    }
    for stream in ["stdin", "stdout", "stderr"] {
        let mut terminal = offer.instance(&format!("cli/terminal-{stream}"))?;
        terminal.func_wrap(&format!("get-terminal-{stream}"), |_: Store<'_>, (): ()| {
            Ok((None::<Handle>,))
        })?;
    }
    Ok(())
}

fn write(mut store: Store<'_>, (output, bytes): (Handle, Vec<u8>)) -> Result<(Written,)> {
    let level = if output.rep() == STDERR {
        Level::Warn
    } else {
        Level::Info
    };
    let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    if !text.is_empty() {
        store.data_mut().write(level, text, None)?;
    }
    Ok((Ok(()),))
}
