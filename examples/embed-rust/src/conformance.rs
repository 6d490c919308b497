//! The adapter of the conformance suite: one line in, one line out, as `test/conformance/README.md` says.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex};

use backfill_embed::bindings::log::Level;
use backfill_embed::bindings::types::FailureCode;
use backfill_embed::config::Config;
use backfill_embed::policy::allowlist::{ConfigError, Denial};
use backfill_embed::policy::url::CanonicalUrl;
use backfill_embed::runtime::engine::Engine;
use backfill_embed::runtime::hook::{Hook, HookErrorKind, LogLine};
use backfill_embed::transport::resolve::Table;
use serde::Deserialize;
use serde_json::{Value, json};
use wasmtime::component::Component;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Request {
    Hello,
    Case {
        id: String,
        component: String,
        config: Config,
        event: String,
    },
    Check {
        id: String,
        config: Config,
        urls: Vec<String>,
    },
    Bye,
}

/// Serves cases from standard input until it is told to go. Guests of world `hook` call the Http component.
pub fn serve(http: &str) -> Result<(), Box<dyn Error>> {
    let engine = Engine::compiling_quickly()?;
    let mut adapter = Adapter {
        http: engine.compile(&fs::read(http)?)?,
        engine,
        components: HashMap::new(),
    };
    for line in io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Hello => json!({
                "type": "hello",
                "protocol": 1,
                "host": "wasmtime-rust",
                "version": env!("CARGO_PKG_VERSION"),
                "profiles": ["boundary", "policy", "limits"],
            }),
            Request::Case {
                id,
                component,
                config,
                event,
            } => adapter.case(&id, &component, &config, &event)?,
            Request::Check { id, config, urls } => check(&id, &config, &urls),
            Request::Bye => break,
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

struct Adapter {
    engine: Engine,
    http: Component,
    /// Compiled once, whichever case asks.
    components: HashMap<String, Component>,
}

impl Adapter {
    fn case(&mut self, id: &str, path: &str, config: &Config, event: &str) -> Result<Value, Box<dyn Error>> {
        if !self.components.contains_key(path) {
            let component = self.engine.compile(&fs::read(path)?)?;
            self.components.insert(path.to_owned(), component);
        }
        let names = Table::new(config.dns.clone().unwrap_or_default());
        let lookups = names.asked();
        let logs = Arc::new(Mutex::new(Vec::new()));
        let lines = logs.clone();
        let log = move |line| lines.lock().expect("no holder panics").push(log_line(line));
        let options = match config.hook(Box::new(names), log) {
            Ok(options) => options,
            Err(error) => return Ok(json!({ "type": "outcome", "id": id, "configError": refusal(&error) })),
        };
        let ended = match Hook::new(&self.engine, &self.components[path], Some(&self.http), options) {
            Ok(hook) => hook.run(event),
            Err(error) => {
                let trap = json!({ "kind": "other", "message": format!("{error:#}") });
                return Ok(json!({ "type": "outcome", "id": id, "trap": trap }));
            }
        };
        let mut answer = json!({ "type": "outcome", "id": id, "logs": *logs.lock().expect("no holder panics"),
            "lookups": *lookups.lock().expect("no holder panics") });
        match ended {
            Ok(result) => answer["result"] = result.into(),
            Err(error) => answer["trap"] = json!({ "kind": trap_kind(error.kind), "message": error.message }),
        }
        Ok(answer)
    }
}

/// The allowlist alone: nothing is looked up.
fn check(id: &str, config: &Config, urls: &[String]) -> Value {
    let allowlist = match config.allowlist() {
        Ok(allowlist) => allowlist,
        Err(error) => return json!({ "type": "checked", "id": id, "configError": refusal(&error) }),
    };
    let decisions: Vec<Value> = urls.iter().map(|url| decision(allowlist.check(url))).collect();
    json!({ "type": "checked", "id": id, "decisions": decisions })
}

fn decision(ruled: Result<CanonicalUrl, Denial>) -> Value {
    match ruled {
        Ok(url) => json!({ "allowed": true, "canonical": url.href() }),
        Err(denial) => {
            let mut decision = json!({ "allowed": false, "code": code_name(denial.code) });
            if let Some(canonical) = denial.canonical {
                decision["canonical"] = canonical.into();
            }
            decision
        }
    }
}

fn code_name(code: FailureCode) -> &'static str {
    match code {
        FailureCode::InvalidUrl => "invalid-url",
        _ => "not-allowed",
    }
}

fn refusal(error: &ConfigError) -> Value {
    json!({ "path": error.path, "message": error.message })
}

fn trap_kind(kind: HookErrorKind) -> &'static str {
    match kind {
        HookErrorKind::Trapped | HookErrorKind::Failed => "error",
        HookErrorKind::Cpu => "cpu",
        HookErrorKind::Memory => "memory",
        HookErrorKind::Deadline => "deadline",
        HookErrorKind::Stack => "other",
    }
}

fn log_line(line: LogLine) -> Value {
    let level = match line.level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Critical => "critical",
    };
    let mut record = json!({ "level": level, "message": line.message });
    if let Some(text) = line.fields {
        let object = serde_json::from_str(&text).ok().filter(Value::is_object);
        record["fields"] = object.unwrap_or(Value::String(text));
    }
    record
}
