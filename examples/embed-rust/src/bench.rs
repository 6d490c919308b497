//! Runs one hook as often as it can, on as many threads as events go on at once.

use std::error::Error;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use backfill_embed::config::Config;
use backfill_embed::runtime::engine::Engine;
use backfill_embed::runtime::hook::{Hook, HookError};
use rustix::time::{ClockId, clock_gettime};

/// Before anything is counted.
const WARM: Duration = Duration::from_secs(1);

/// Prints one line of JSON: events a second, and in microseconds what one took and how much the process computed for it.
pub fn run(
    hook: &str,
    http: &str,
    config: &str,
    event: &str,
    threads: &str,
    seconds: &str,
) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new()?;
    let (hook, http) = (engine.compile(&fs::read(hook)?)?, engine.compile(&fs::read(http)?)?);
    let config: Config = serde_json::from_slice(&fs::read(config)?)?;
    let hook = Hook::new(&engine, &hook, Some(&http), config.hook(config.resolver(), |_| {})?)?;
    let threads: usize = threads.parse()?;

    let from = Instant::now() + WARM;
    let until = from + Duration::from_secs_f64(seconds.parse()?);
    let (latencies, computed) = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| latencies(&hook, event, from, until)))
            .collect();
        thread::sleep(from.saturating_duration_since(Instant::now()));
        let before = process_time();
        thread::sleep(until.saturating_duration_since(Instant::now()));
        let computed = process_time().saturating_sub(before);
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().expect("no worker panics")?);
        }
        Ok::<_, HookError>((all, computed))
    })?;
    println!("{}", report(latencies, computed, until - from));
    Ok(())
}

/// How long each event took that began and ended within the time.
fn latencies(hook: &Hook, event: &str, from: Instant, until: Instant) -> Result<Vec<Duration>, HookError> {
    let mut latencies = Vec::new();
    loop {
        let started = Instant::now();
        hook.run(event)?;
        let ended = Instant::now();
        if ended >= until {
            return Ok(latencies);
        }
        if started >= from {
            latencies.push(ended - started);
        }
    }
}

fn report(mut latencies: Vec<Duration>, computed: Duration, span: Duration) -> serde_json::Value {
    latencies.sort_unstable();
    let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied().map(micros);
    let events = latencies.len() as f64;
    serde_json::json!({
        "eventsPerSecond": events / span.as_secs_f64(),
        "medianLatency": at(50),
        "p99Latency": at(99),
        "cpuPerEvent": micros(computed) / events,
    })
}

fn process_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}
