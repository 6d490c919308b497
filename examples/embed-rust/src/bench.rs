//! Runs one hook as often as it can, on as many threads as events go on at once.

use std::error::Error;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use backfill_embed::config::Config;
use backfill_embed::runtime::engine::Engine;
use backfill_embed::runtime::hook::Hook;

/// Prints one line of JSON: events a second, and what one event took, in milliseconds.
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
    let hook = Hook::new(&engine, &hook, Some(&http), config.hook(None, |_| {})?)?;
    let threads: usize = threads.parse()?;
    let span = Duration::from_secs_f64(seconds.parse()?);
    hook.run(event)?;

    let failed = AtomicUsize::new(0);
    let until = Instant::now() + span;
    let mut taken: Vec<Duration> = thread::scope(|scope| {
        let worker = || {
            let mut taken = Vec::new();
            while Instant::now() < until {
                let started = Instant::now();
                if hook.run(event).is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                taken.push(started.elapsed());
            }
            taken
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    taken.sort();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let report = serde_json::json!({
        "eventsPerSecond": (taken.len() as f64 / span.as_secs_f64()).round(),
        "p50": at(0.5),
        "p99": at(0.99),
        "failed": failed.into_inner(),
    });
    println!("{report}");
    Ok(())
}
