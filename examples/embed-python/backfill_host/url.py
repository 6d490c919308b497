"""The one canonicaliser of URLs, of requests and of entries."""

import re
from dataclasses import dataclass

from .failures import Refused
from .host import canonical_host
from .path import check_path, normalise_path, normalise_query

#: Bytes of a URL, as it is given and as it is sent.
MAX_URL = 8192
DEFAULT_PORT = 443

_SCHEME = "https://"
#: Control characters and white space, of which U+FEFF is some to URL parsers.
_CONTROL_OR_SPACE = re.compile("[\x00-\x20\x7f-\x9f\\s\ufeff]")
_PARTS = re.compile(r"(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?")
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


@dataclass(frozen=True)
class Url:
    """A URL in the form that is matched, and whose bytes are sent."""

    host: str
    port: int
    path: str
    #: With its `?`, or empty.
    query: str

    @property
    def authority(self) -> str:
        """The Host field."""
        return self.host if self.port == DEFAULT_PORT else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The scheme and the authority."""
        return _SCHEME + self.authority

    @property
    def target(self) -> str:
        """The request target."""
        return self.path + self.query

    def __str__(self) -> str:
        return self.origin + self.target


def canonical_url(raw: str) -> Url:
    """Returns the canonical form. Refuses a URL that two programs could read as two.

    The path is written as the WHATWG URL parser writes it; it is neither decoded nor
    re-cased otherwise, so that signed URLs survive. The fragment is dropped.
    """
    _check_spelling(raw)
    parts = _PARTS.fullmatch(raw, len(_SCHEME))
    if parts is None:
        raise Refused("the URL cannot be read")
    authority = parts["authority"]
    if "@" in authority:
        raise Refused("the URL holds userinfo (what stands before an @); use auth")
    host, colon, digits = authority.partition(":")
    url = Url(
        host=canonical_host(host),
        port=_canonical_port(digits) if colon else DEFAULT_PORT,
        path=normalise_path(parts["path"]),
        query=normalise_query(parts["query"] or ""),
    )
    check_path(url.path)
    if len(str(url)) > MAX_URL:
        raise Refused(f"the URL is longer than {MAX_URL} bytes")
    return url


def _check_spelling(raw: str) -> None:
    try:
        length = len(raw.encode("utf-8"))
    except UnicodeEncodeError:
        raise Refused("the URL holds half of a surrogate pair") from None
    if length > MAX_URL:
        raise Refused(f"the URL is longer than {MAX_URL} bytes")
    if _CONTROL_OR_SPACE.search(raw):
        raise Refused("the URL holds white space or a control character")
    if "\\" in raw:
        raise Refused("the URL holds a backslash, which some read as a slash; write %5C")
    if not raw.startswith(_SCHEME):
        raise Refused("the URL does not begin with https://, spelt so")


def _canonical_port(digits: str) -> int:
    if not _PORT.fullmatch(digits) or int(digits) > 65535:
        raise Refused("the port is not a number from 1 to 65535 without leading zeros")
    return int(digits)
