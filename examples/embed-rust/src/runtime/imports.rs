//! What the host gives a guest.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustls::crypto::ring::default_provider;
use wasmtime::Result;

use super::event::{Event, Stop};
use super::hook::LogLine;
use crate::bindings::types::{Failure, Request, Response};
use crate::bindings::{clock, log, outbound, random, secrets, types};

/// Code units of a log line's message and of its fields; the rest is cut.
const LINE: usize = 65_536;
/// Bytes of randomness at once.
const RANDOM: u32 = 65_536;

impl types::Host for Event {}

impl outbound::Host for Event {
    fn send(&mut self, request: Request) -> Result<Result<Response, Failure>> {
        let sent = self.unpaid(|event| event.shared.clone().door.send(&request, &mut event.allowance));
        self.check()?;
        Ok(sent)
    }
}

impl secrets::Host for Event {
    fn get(&mut self, name: String) -> Result<Option<String>> {
        Ok(self.shared.secrets.get(&name).cloned())
    }
}

impl log::Host for Event {
    fn write(&mut self, level: log::Level, message: String, fields: Option<String>) -> Result<()> {
        let line = LogLine {
            level,
            message: cut(message),
            fields: fields.map(cut),
        };
        if level == log::Level::Critical {
            self.last_words = Some(line.message.clone());
        }
        (self.shared.log)(line);
        Ok(())
    }
}

impl clock::Host for Event {
    fn now(&mut self) -> Result<clock::Timestamp> {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn sleep(&mut self, duration: types::Milliseconds) -> Result<()> {
        let left = self.allowance.deadline.saturating_duration_since(Instant::now());
        thread::sleep(left.min(Duration::from_millis(duration.into())));
        self.check()
    }
}

impl random::Host for Event {
    fn bytes(&mut self, length: u32) -> Result<Vec<u8>> {
        if length > RANDOM {
            return Err(Stop::Random.into());
        }
        let mut bytes = vec![0; length as usize];
        default_provider()
            .secure_random
            .fill(&mut bytes)
            .map_err(|_| wasmtime::Error::msg("this host has no randomness"))?;
        Ok(bytes)
    }
}

/// Cuts a text to so many code units of UTF-16, which is how hosts in other languages count.
fn cut(mut text: String) -> String {
    let mut units = 0;
    let end = text.char_indices().find_map(|(at, c)| {
        units += c.len_utf16();
        (units > LINE).then_some(at)
    });
    text.truncate(end.unwrap_or(text.len()));
    text
}
