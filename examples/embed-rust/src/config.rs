//! The configuration of one hook, as JSON: what it may reach, its secrets and its limits.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::limits::Limits;
use crate::outbound::Door;
use crate::policy::allowlist::{Allowlist, ConfigError};
use crate::runtime::hook::{HookOptions, LogLine};
use crate::transport::dial::Network;
use crate::transport::resolve::{DnsAnswer, Resolve, SystemResolver, Table};

/// As `test/conformance/README.md` specifies it. What is not there is the default, and nothing may leave.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Config {
    /// The entries of the allowlist.
    pub permissions: Vec<String>,
    /// Hosts that may have addresses that are not public.
    pub internal_hosts: Vec<String>,
    /// By name.
    pub secrets: HashMap<String, Secret>,
    /// By the names of docs/limits.md.
    pub limits: Map<String, Value>,
    /// Milliseconds that an event may take.
    pub event_deadline: Option<u32>,
    /// PEM certificates of authorities to trust beside the public ones.
    pub ca: Option<String>,
    /// For tests: every name there is. Without it the operating system is asked.
    pub dns: Option<HashMap<String, DnsAnswer>>,
    /// For tests: a server of the names, which is not needed beside the table.
    pub dns_server: Option<String>,
    /// For tests: where an address is really reached. With it, no other one is.
    pub dial: Option<HashMap<SocketAddr, SocketAddr>>,
}

/// One secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What the hook gets.
    pub value: String,
    /// Seals it, which this host does not do.
    #[serde(rename = "for")]
    pub bound_to: Option<Vec<String>>,
}

impl Config {
    /// The compiled allowlist.
    ///
    /// # Errors
    ///
    /// Where an entry or an internal host is refused.
    pub fn allowlist(&self) -> Result<Allowlist, ConfigError> {
        Allowlist::compile(&self.permissions, &self.internal_hosts)
    }

    fn limits(&self) -> Result<Limits, ConfigError> {
        let mut limits = Limits::from_json(&self.limits)?;
        if let Some(milliseconds) = self.event_deadline {
            limits.event_deadline = milliseconds;
        }
        Ok(limits)
    }

    /// What looks names up: the table where there is one, or else the operating system.
    pub fn resolver(&self) -> Box<dyn Resolve> {
        match &self.dns {
            Some(answers) => Box::new(Table::new(answers.clone())),
            None => Box::new(SystemResolver::default()),
        }
    }

    /// The door of one hook.
    ///
    /// # Errors
    ///
    /// Where something in the configuration cannot be used.
    pub fn door(&self, resolver: Box<dyn Resolve>) -> Result<Door, ConfigError> {
        let network = Network {
            resolver,
            detours: self.dial.clone(),
            authorities: self.ca.clone(),
        };
        Door::new(self.allowlist()?, self.limits()?, network)
    }

    /// What a hook is given.
    ///
    /// # Errors
    ///
    /// Where something in the configuration cannot be used.
    pub fn hook(
        &self,
        resolver: Box<dyn Resolve>,
        log: impl Fn(LogLine) + Send + Sync + 'static,
    ) -> Result<HookOptions, ConfigError> {
        let plain = |(name, secret): (&String, &Secret)| match secret.bound_to {
            None => Ok((name.clone(), secret.value.clone())),
            Some(_) => Err(ConfigError {
                path: format!("secrets.{name}.for"),
                message: "this host has no sealed secrets".to_owned(),
            }),
        };
        Ok(HookOptions {
            door: self.door(resolver)?,
            secrets: self.secrets.iter().map(plain).collect::<Result<_, _>>()?,
            log: Box::new(log),
        })
    }
}
