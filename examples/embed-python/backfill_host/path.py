"""Paths: written once, as a URL parser writes them, and refused where servers may differ."""

import re
from urllib.parse import quote, unquote_to_bytes

from .failures import Refused

#: How often a segment may change under percent-decoding.
MAX_DECODING_ROUNDS = 4

#: What the WHATWG URL parser leaves as it is, besides letters, digits and `_.-~`.
_PATH_SAFE = "!$%&'()*+,/:;=@[]|"
_QUERY_SAFE = "!$%&()*+,-./:;=?@[]^`{|}"

_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: C0 and DEL, and C1 as UTF-8 writes them.
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]")
#: What begins a form longer than need be, or a surrogate (RFC 3629, section 4).
_OVERLONG = re.compile(
    rb"[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|[\xf8-\xff][\x80-\xbf]|\xed[\xa0-\xbf]"
)
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def normalise_path(path: str) -> str:
    """Resolves dot segments and escapes what must be, and nothing else (WHATWG URL)."""
    segments: list[str] = []
    spelt = path.split("/")[1:]
    for index, segment in enumerate(spelt):
        dots = segment.replace("%2e", ".").replace("%2E", ".")
        if dots == "..":
            del segments[-1:]
        elif dots != ".":
            segments.append(quote(segment, safe=_PATH_SAFE))
            continue
        if index == len(spelt) - 1:
            segments.append("")
    return "/" + "/".join(segments)


def normalise_query(query: str) -> str:
    """Escapes what a URL parser escapes in the query of an `https` URL."""
    return quote(query, safe=_QUERY_SAFE)


def check_path(path: str) -> None:
    """Refuses a normalised path that a server could read as another one.

    Servers decode more than once, take a backslash for a slash, and drop `;parameters`
    before they resolve dot segments: each segment is looked at as they would see it.
    """
    if "//" in path:
        raise Refused("the path holds an empty segment (//)")
    if _MALFORMED_ESCAPE.search(path):
        raise Refused("the path holds a % that two hexadecimal digits do not follow")
    for segment in path.split("/"):
        _check_segment(segment.encode("ascii"))


def holds_slash(segment: str) -> bool:
    """Whether a checked segment, decoded until it is stable, holds a slash."""
    return b"/" in _decoded(segment.encode("ascii"))[-1]


def normalise_escapes(path: str) -> str:
    """The form of RFC 3986, section 6.2.2: capital digits, unreserved characters bare."""

    def normal(escape: re.Match[str]) -> str:
        character = chr(int(escape[0][1:], 16))
        return character if _UNRESERVED.fullmatch(character) else escape[0].upper()

    return _ESCAPE.sub(normal, path)


def _decoded(segment: bytes) -> list[bytes]:
    """The segment after each round of decoding that changed it, the first as it is."""
    forms = [segment]
    while (form := unquote_to_bytes(forms[-1])) != forms[-1]:
        forms.append(form)
        if len(forms) > MAX_DECODING_ROUNDS + 1:
            raise Refused(f"the path is encoded more than {MAX_DECODING_ROUNDS} times over")
    return forms


def _check_segment(segment: bytes) -> None:
    forms = _decoded(segment)
    for form in forms:
        if b"\\" in form:
            raise Refused("the path holds an encoded backslash (%5C)")
        if _CONTROL.search(form):
            raise Refused("the path holds an encoded control character")
        if _OVERLONG.search(form):
            raise Refused("the path holds overlong UTF-8 or an encoded surrogate")
    for piece in forms[-1].split(b"/"):
        if piece.split(b";")[0] in (b".", b".."):
            raise Refused("the path holds a dot segment under its escapes or before a ;")
