"""Host names: the one form that is matched, resolved and shown to TLS."""

import re
from unicodedata import bidirectional, category

import idna

from .failures import Refused

MAX_NAME = 253
MAX_LABEL = 63
A_LABEL = "xn--"

_ASCII_NAME = re.compile(r"[a-z0-9_.-]*", re.ASCII)
_NAME = re.compile("[a-z0-9_.\x80-\U0010ffff-]*")
#: What makes a URL parser read a host as IPv4 (WHATWG URL, "ends in a number").
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
#: Of the characters that nobody sees, the two that the IDNA mapping keeps.
_JOINERS = re.compile("[\u200c\u200d]")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_INTERNAL_SUFFIXES = (
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".onion",
    ".invalid",
    ".alt",
)


def canonical_host(text: str) -> str:
    """Returns the host in lower case and A-labels.

    Refuses what two programs could read as two hosts: whatever the IDNA mapping (UTS 46)
    changes but ASCII capitals, escapes, IP literals in any spelling, a trailing dot, and
    names that DNS cannot hold.
    """
    # Not str.lower, which folds U+212A to k.
    host = re.sub("[A-Z]", lambda letter: letter[0].lower(), text)
    if not host:
        raise Refused("the host is missing")
    if "*" in host:
        raise Refused("a host cannot hold a wildcard; name each host in its own entry")
    if "%" in host:
        raise Refused("a host cannot hold a percent escape")
    if host.startswith("["):
        raise Refused("an IP address cannot stand for a host; use the host's name")
    if not _NAME.fullmatch(host):
        raise Refused("a host holds letters, digits, hyphens, underscores and dots only")
    if len(host) > MAX_NAME:
        raise Refused(f"a host can be {MAX_NAME} bytes long at the most")
    if not _ASCII_NAME.fullmatch(host) or A_LABEL in host:
        host = _to_ascii(host)
    return _checked_name(host)


def is_internal_name(host: str) -> bool:
    """Whether only the operator's `internalHosts` can open this canonical host."""
    return "." not in host or f".{host}".endswith(_INTERNAL_SUFFIXES)


def _checked_name(host: str) -> str:
    labels = host.split(".")
    if host.endswith("."):
        raise Refused("a host cannot end in a dot")
    if "" in labels:
        raise Refused("a host cannot hold an empty label")
    if _ENDS_IN_NUMBER.fullmatch(host):
        raise Refused("an IP address cannot stand for a host; use the host's name")
    if len(host) > MAX_NAME:
        raise Refused(f"a host can be {MAX_NAME} bytes long at the most")
    if any(len(label) > MAX_LABEL for label in labels):
        raise Refused(f"a label of a host can be {MAX_LABEL} bytes long at the most")
    return host


def _to_ascii(host: str) -> str:
    """The host in A-labels, which is refused where the IDNA mapping changes anything of it.

    `idna.encode` is not used: it keeps IDNA 2008, which knows no emoji; browsers, and with
    them every URL parser, keep UTS 46 alone.
    """
    spelt = host.split(".")
    try:
        names = [_to_unicode(label) for label in spelt]
        bidi = any(bidirectional(character) in _RIGHT_TO_LEFT for character in "".join(names))
        for name in names:
            idna.check_initial_combiner(name)
            if bidi and name:
                idna.check_bidi(name, check_ltr=True)
        mapped = [idna.uts46_remap(name, std3_rules=False) for name in names]
    except (idna.IDNAError, UnicodeError):
        raise Refused("the host is not a valid internationalised name") from None
    # What this Python does not know, it cannot normalise.
    if any(category(character) == "Cn" for character in "".join(names)):
        raise Refused("the host is not a valid internationalised name")
    labels = [_to_a_label(name) for name in names]
    respelt = any(
        label.startswith(A_LABEL) and label != again
        for label, again in zip(spelt, labels, strict=True)
    )
    if mapped != names or respelt or _JOINERS.search("".join(names)):
        raise Refused("the host holds characters that are read as others or as none")
    return ".".join(labels)


def _to_unicode(label: str) -> str:
    if not label.startswith(A_LABEL):
        return label
    return label[len(A_LABEL) :].encode("ascii").decode("punycode")


def _to_a_label(name: str) -> str:
    return name if name.isascii() else A_LABEL + name.encode("punycode").decode("ascii")
