"""The allowlist: entries, the match, and what a denial says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .correction import respelt_entry, respelt_url
from .failures import ConfigError, HttpFailure, Refused
from .host import canonical_host, is_internal_name
from .path import holds_slash, normalise_escapes
from .url import Url, canonical_url

WILDCARD = "*"
_DOT_SEGMENTS = {".", ".."}


@dataclass(frozen=True)
class Entry:
    """One line of `permissions.http`."""

    url: Url
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, internal_hosts: frozenset[str] = frozenset()) -> "Entry":
        """Reads a line. Refuses one that could be meant in two ways."""
        url = canonical_url(text)
        if "?" in text or "#" in text:
            raise Refused("an entry has no query and no fragment; they are not matched")
        if any(_dots(segment) in _DOT_SEGMENTS for segment in text.split("/")):
            raise Refused("the path holds a . or .. segment")
        if is_internal_name(url.host) and url.host not in internal_hosts:
            raise Refused("the host is not a public name; internalHosts opens it")
        if normalise_escapes(url.path) != url.path:
            raise Refused("escapes need capital digits, and unreserved characters none")
        segments = _segments(url)
        if any(WILDCARD in segment and segment != WILDCARD for segment in segments):
            raise Refused("* stands for a whole segment of the path only")
        return cls(url, segments)

    def allows(self, url: Url) -> bool:
        """Whether the entry matches a canonical URL; query and fragment are not looked at."""
        same_origin = (self.url.host, self.url.port) == (url.host, url.port)
        return same_origin and _matches(self.segments, _segments(url))


class Allowlist:
    """The compiled `permissions.http`. An empty one allows nothing."""

    def __init__(
        self,
        entries: Iterable[str],
        internal_hosts: frozenset[str] = frozenset(),
        path: str = "permissions.http",
    ) -> None:
        """Compiles a list. Raises ConfigError at the first entry that is refused."""
        self._internal_hosts = internal_hosts
        self._entries = [
            self._entry(text, f"{path}[{index}]") for index, text in enumerate(entries)
        ]

    def admit(self, raw: str) -> Url:
        """Returns the canonical form of a URL that may leave. Looks nothing up.

        Raises HttpFailure `invalid-url` or `not-allowed`.
        """
        try:
            url = canonical_url(raw)
        except Refused as refused:
            line = respelt_url(raw)
            remedy = f" Write {line} in its place." if self._can_name(line) else ""
            message = f"The URL may not leave: {refused}.{remedy}"
            raise HttpFailure("invalid-url", "policy", message) from None
        if not any(entry.allows(url) for entry in self._entries):
            raise HttpFailure("not-allowed", "policy", self._denial(url))
        return url

    def _entry(self, text: str, place: str) -> Entry:
        try:
            return Entry.parse(text, self._internal_hosts)
        except Refused as refused:
            line = respelt_entry(text)
            remedy = f" Write {line} in its place." if self._is_entry(line) else ""
            raise ConfigError(place, f"{refused}.{remedy}") from None

    def _is_entry(self, line: str) -> bool:
        try:
            Entry.parse(line, self._internal_hosts)
        except Refused:
            return False
        return True

    def _can_name(self, line: str) -> bool:
        """Whether a URL could leave at all, by the right entry."""
        try:
            url = canonical_url(line)
        except Refused:
            return False
        return self._is_entry(f"{url.origin}{_literal(url.path)}")

    def _denial(self, url: Url) -> str:
        if not self._entries:
            why = "permissions.http is empty"
        else:
            entry = max(self._entries, key=lambda entry: _nearness(entry, url))
            why = f"the nearest entry is {entry.url}, and {_difference(entry, url)}"
        line = f"{url.origin}{_literal(url.path)}"
        if not self._is_entry(line):
            return f"The URL may not leave: {why}; only internalHosts can open its host."
        return f'The URL may not leave: {why}. To allow it, add "{line}" to permissions.http.'


def internal_hosts_of(hosts: Sequence[str]) -> frozenset[str]:
    """The operator's `internalHosts` in canonical form."""
    canonical: set[str] = set()
    for index, text in enumerate(hosts):
        try:
            canonical.add(canonical_host(text))
        except Refused as refused:
            raise ConfigError(f"internalHosts[{index}]", f"{refused}") from None
    return frozenset(canonical)


def _segments(url: Url) -> tuple[str, ...]:
    return tuple(url.path[1:].split("/"))


def _matches(entry: Sequence[str], path: Sequence[str]) -> bool:
    """A final `*` stands for one segment or more, or for the empty one after the slash.

    Elsewhere `*` stands for one that is not empty and holds no encoded slash.
    """
    if entry[-1] == WILDCARD:
        entry = entry[:-1]
        if len(path) <= len(entry):
            return False
        path = path[: len(entry)]
    return len(path) == len(entry) and all(map(_matches_segment, entry, path))


def _matches_segment(entry: str, segment: str) -> bool:
    if entry == WILDCARD:
        return segment != "" and not holds_slash(segment)
    return entry == segment


def _dots(segment: str) -> str:
    return segment.replace("%2e", ".").replace("%2E", ".")


def _nearness(entry: Entry, url: Url) -> tuple[bool, bool, int]:
    same = 0
    for ours, theirs in zip(entry.segments, _segments(url), strict=False):
        if not _matches_segment(ours, theirs):
            break
        same += 1
    return entry.url.host == url.host, entry.url.port == url.port, same


def _difference(entry: Entry, url: Url) -> str:
    if entry.url.host != url.host:
        return f"the host is {url.host}"
    if entry.url.port != url.port:
        return f"the port is {url.port}"
    if entry.allows(Url(url.host, url.port, normalise_escapes(url.path), "")):
        return "the path spells its escapes in another way"
    return f"the path is {url.path}"


def _literal(path: str) -> str:
    """The path as an entry spells it, up to the first segment that no entry can name."""
    segments: list[str] = []
    for segment in path.split("/"):
        if WILDCARD in segment or normalise_escapes(segment) != segment:
            return "/".join([*segments, WILDCARD])
        segments.append(segment)
    return "/".join(segments)
