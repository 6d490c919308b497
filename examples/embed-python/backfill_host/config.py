"""A configuration as JSON: what the operator allows."""

from collections.abc import Callable, Mapping
from typing import Any

from .allowlist import Allowlist, internal_hosts_of
from .connection import Dial, trust
from .exchange import Network
from .failures import ConfigError
from .guest import Host, LogLine
from .limits import Limits
from .outbound import Door
from .resolver import LookUp, system_look_up
from .runtime import Runtime

_KEYS = frozenset({"permissions", "internalHosts", "secrets", "limits", "eventDeadline", "ca"})
# What the conformance suite hands to its adapters beside.
_TEST_KEYS = frozenset({"dns", "dnsServer", "dial", "oauth"})


def refuse_unknown(config: Mapping[str, Any]) -> None:
    """Raises ConfigError for a key that means nothing here: its author thinks that it does."""
    for key in config.keys() - _KEYS - _TEST_KEYS:
        raise ConfigError(key, "an unknown key")
    for name, secret in config.get("secrets", {}).items():
        for key in secret.keys() - {"value", "for"}:
            raise ConfigError(f"secrets.{name}.{key}", "an unknown key")


def allowlist_of(config: Mapping[str, Any]) -> Allowlist:
    """Compiles `permissions`. Raises ConfigError."""
    refuse_unknown(config)
    internal_hosts = internal_hosts_of(config.get("internalHosts", []))
    return Allowlist(config.get("permissions", []), internal_hosts)


def secrets_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Reads `secrets`. Raises ConfigError."""
    secrets: dict[str, str] = {}
    for name, secret in config.get("secrets", {}).items():
        if "for" in secret:
            # To hand the value out would be worse than to refuse it.
            raise ConfigError(f"secrets.{name}.for", "this host does not seal secrets")
        secrets[name] = secret["value"]
    return secrets


def limits_of(config: Mapping[str, Any]) -> Limits:
    """Reads `limits`. Raises ConfigError."""
    return Limits.of(config.get("limits", {}))


def host_of(
    config: Mapping[str, Any],
    runtime: Runtime,
    on_log: Callable[[LogLine], None],
    *,
    look_up: LookUp = system_look_up,
    dial: Dial = lambda address, port: (address, port),
) -> Host:
    """Makes a host. `look_up` and `dial` are for tests. Raises ConfigError."""
    limits = limits_of(config)
    network = Network(
        trust=trust(config.get("ca")),
        look_up=look_up,
        dial=dial,
        internal_hosts=internal_hosts_of(config.get("internalHosts", [])),
    )
    door = Door(allowlist_of(config), network, limits)
    return Host(runtime, door, secrets_of(config), limits, on_log)
