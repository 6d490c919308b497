"""Which addresses are public.

The ranges are written out: `ipaddress.is_global` differs between releases of Python, and
takes tunnels for what they look like.
"""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

#: The IANA IPv4 Special-Purpose Address Registry, whole, and multicast (RFC 5771).
_SPECIAL_IPV4 = {
    IPv4Network(network): name
    for network, name in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private use",
        "100.64.0.0/10": "shared address space",
        "127.0.0.0/8": "loopback",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private use",
        "192.0.0.0/24": "IETF protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.31.196.0/24": "AS112",
        "192.52.193.0/24": "AMT",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private use",
        "192.175.48.0/24": "AS112",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}

#: The IANA IPv6 Special-Purpose Address Registry, whole, and multicast.
_SPECIAL_IPV6 = {
    IPv6Network(network): name
    for network, name in {
        "::/128": "unspecified",
        "::1/128": "loopback",
        "64:ff9b:1::/48": "local NAT64",
        "100::/64": "discard only",
        "100:0:0:1::/64": "dummy prefix",
        "2001::/23": "IETF protocol assignments",
        "2001:db8::/32": "documentation",
        "2620:4f:8000::/48": "AS112",
        "3fff::/20": "documentation",
        "5f00::/16": "segment routing",
        "fc00::/7": "unique local",
        "fe80::/10": "link-local",
        "fec0::/10": "site-local",
        "ff00::/8": "multicast",
    }.items()
}

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")


def special_range(text: str) -> str | None:
    """The range an address lies in where it is not public unicast; None where it is.

    Mapped and NAT64 addresses are what they wrap. 6to4 and Teredo wrap an address too, but
    are retired tunnels and never public. Text that is no address is not public either.
    """
    try:
        if ":" not in text:
            return _range_of(IPv4Address(text), _SPECIAL_IPV4)
        address = IPv6Address(text)
    except AddressValueError:
        return "not an address"
    if address.scope_id is not None:
        return "not an address"
    if address in _MAPPED or address in _NAT64:
        return _range_of(IPv4Address(address.packed[12:]), _SPECIAL_IPV4)
    if address.sixtofour is not None:
        return "6to4"
    if address.teredo is not None:
        return "Teredo"
    special = _range_of(address, _SPECIAL_IPV6)
    if special is None and address not in _GLOBAL_UNICAST:
        return "not global unicast"
    return special


def _range_of(
    address: IPv4Address | IPv6Address,
    special: Mapping[IPv4Network, str] | Mapping[IPv6Network, str],
) -> str | None:
    return next((name for network, name in special.items() if address in network), None)
