//! `backfill-embed`: runs a hook, makes one call, or takes part in the conformance suite.

mod bench;
mod conformance;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use backfill_embed::bindings::http::exports::backfill::http::client::{RequestOptions, ResponseBody, ResponseType};
use backfill_embed::bindings::types::Method;
use backfill_embed::config::Config;
use backfill_embed::runtime::client::Client;
use backfill_embed::runtime::engine::Engine;
use backfill_embed::runtime::hook::Hook;

const USAGE: &str = "\
Usage: backfill-embed run <hook.wasm> <http.wasm> <config.json> <event>   runs a hook once, and prints its result
       backfill-embed get <http.wasm> <config.json> <url>                 makes one call with the Http component
       backfill-embed bench <hook.wasm> <http.wasm> <config.json> <event> <threads> <seconds>
                                                                          runs a hook as often as it can
       backfill-embed conformance <http.wasm>                             serves the cases of test/conformance";

fn main() -> ExitCode {
    let parameters: Vec<String> = std::env::args().skip(1).collect();
    let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
    let done = match parameters[..] {
        ["run", hook, http, config, event] => run(hook, http, config, event),
        ["get", http, config, url] => get(http, config, url),
        ["conformance", http] => conformance::serve(http),
        ["bench", hook, http, config, event, threads, seconds] => {
            bench::run(hook, http, config, event, threads, seconds)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(hook: &str, http: &str, config: &str, event: &str) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new()?;
    let (hook, http) = (engine.compile(&fs::read(hook)?)?, engine.compile(&fs::read(http)?)?);
    let config: Config = serde_json::from_slice(&fs::read(config)?)?;
    let options = config.hook(config.resolver(), |line| {
        eprintln!("{:?} {} {}", line.level, line.message, line.fields.unwrap_or_default());
    })?;
    println!("{}", Hook::new(&engine, &hook, Some(&http), options)?.run(event)?);
    Ok(())
}

fn get(http: &str, config: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new()?;
    let component = engine.compile(&fs::read(http)?)?;
    let config: Config = serde_json::from_slice(&fs::read(config)?)?;
    let client = Client::new(&engine, &component, config.door(config.resolver())?)?;
    let options = RequestOptions {
        headers: Vec::new(),
        body: None,
        authorization: None,
        timeout: None,
        response_type: ResponseType::Text,
    };
    let response = client.call(Method::Get, url, None, &options)??;
    println!("{}", response.status);
    for field in response.header_list {
        println!("{}: {}", field.name, field.value);
    }
    if let ResponseBody::Text(text) = response.body {
        println!("\n{text}");
    }
    Ok(())
}
