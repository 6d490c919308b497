"""The line that was meant: a spelling with every fault mended, for messages alone."""

import re
from urllib.parse import unquote

import idna

from .path import normalise_escapes, normalise_path

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\\s\ufeff]")
#: Another scheme, slashes too few or too many, or nothing but slashes.
_SCHEME = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*|\*):(?![0-9])/*|//)")
_LEADING_WILDCARDS = re.compile(r"(?:\*\.)*")
_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_A_LABEL = "xn--"
#: Characters of a text that may be a URL.
_LONGEST = 8192


def respelt_entry(text: str) -> str:
    """The entry that was meant. Whether it can be used is unproven."""
    origin, slash, path = _parts(text)
    return origin + _with_whole_wildcards(path) if slash else origin


def respelt_url(text: str) -> str:
    """The URL that was meant, without its query. Whether it can be used is unproven."""
    origin, _, path = _parts(text)
    return origin + path


def _parts(text: str) -> tuple[str, str, str]:
    if len(text) > _LONGEST:
        return "", "", ""
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    spelt = re.split(r"[?#]", whole, maxsplit=1)[0].strip()
    spelt = _CONTROL.sub("", spelt.replace(" ", "%20")).replace("\\", "/")
    authority, slash, path = _SCHEME.sub("", spelt, count=1).partition("/")
    host, _, digits = authority.rpartition("@")[2].partition(":")
    port = digits.lstrip("0")
    origin = f"https://{_respelt_host(host)}{port and f':{port}'}"
    return origin, slash, _respelt_path(f"/{path}")


def _with_whole_wildcards(path: str) -> str:
    """What was meant by a `*` in a segment: `**` is `*`, a final `v1*` is `v1/*`."""
    *before, last = path.split("/")
    segments = ["*" if "*" in segment else segment for segment in before]
    if re.fullmatch(r"[^*]+\*+", last):
        segments.append(last.rstrip("*"))
    return "/".join([*segments, "*" if "*" in last else last])


def _respelt_host(host: str) -> str:
    name = _LEADING_WILDCARDS.sub("", unquote(host), count=1).removesuffix(".")
    try:
        mapped = idna.uts46_remap(name, std3_rules=False)
        return ".".join(map(_a_label, re.sub("[\u200c\u200d]", "", mapped).split(".")))
    except (idna.IDNAError, UnicodeError):
        return name


def _a_label(label: str) -> str:
    if label.startswith(_A_LABEL):
        label = label[len(_A_LABEL) :].encode("ascii").decode("punycode")
    return label if label.isascii() else _A_LABEL + label.encode("punycode").decode("ascii")


def _respelt_path(path: str) -> str:
    escaped = _MALFORMED_ESCAPE.sub("%25", re.sub("/+", "/", path))
    return normalise_escapes(normalise_path(escaped))
