"""The guard before h11: what h11 is lenient about in a response, and its caps.

h11 takes a line that ends in a bare LF, folded fields, white space behind a chunk's size,
repeated lengths that agree, and Content-Length beside chunks. Other readers cut a message
elsewhere then, so none of it is let through. What the guard lets through, h11 reads.
"""

import re

from .call import Call
from .failures import HttpFailure
from .limits import Limits, field_cost

#: HTAB, SP to `~`, and what was Latin-1.
_LINE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3}(?: .*)?")
_FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;.*)?")
_LENGTH = re.compile("[0-9]{1,18}")


class Lines:
    """Cuts lines from what arrives: ended by CRLF, without a control character."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._partial = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of the line that has not ended."""
        return len(self._partial)

    def next(self, data: bytes, start: int) -> tuple[bytes | None, int]:
        """The next line without its end, None where it goes on; and where it has got to."""
        end = data.find(b"\n", start) + 1
        if end == 0:
            self._partial += data[start:]
            return None, len(data)
        line = bytes(self._partial) + data[start:end]
        self._partial.clear()
        if not _LINE.fullmatch(line):
            raise malformed(self._call)
        return line[:-2], end


class SectionGuard:
    """Counts the lines of one header or trailer section against their caps."""

    def __init__(self, call: Call, limits: Limits) -> None:
        self._call = call
        self._limits = limits
        #: Lower-case names, and values as they came.
        self.fields: list[tuple[str, str]] = []
        self._cost = 0

    def add(self, line: bytes) -> None:
        """Takes one whole line."""
        field = _FIELD_LINE.fullmatch(line)
        if field is None:
            raise malformed(self._call)
        name, value = field.groups()
        self.fields.append((name.decode("ascii").lower(), value.decode("latin-1")))
        self._cost += field_cost(name, value)
        if len(self.fields) > self._limits.header_count:
            what = f"sent more than {self._limits.header_count} header fields"
            raise self._call.failure("too-large", what)
        self.check_cost()

    def check_cost(self, pending: int = 0) -> None:
        """Raises HttpFailure `too-large`, also where a line that goes on is too long already."""
        if self._cost + pending > self._limits.header_bytes:
            what = f"sent a header section over {self._limits.header_bytes} bytes"
            raise self._call.failure("too-large", what)

    def is_chunked(self) -> bool:
        """Whether the body comes in chunks. Raises where its end could be read in two ways."""
        lengths = [value for name, value in self.fields if name == "content-length"]
        codings = [value for name, value in self.fields if name == "transfer-encoding"]
        if len(lengths) + len(codings) > 1:
            raise self._call.failure("protocol-error", "declared the end of its body twice")
        if any(not _LENGTH.fullmatch(length) for length in lengths):
            raise self._call.failure("protocol-error", "declared a length that is none")
        if any(coding.lower() != "chunked" for coding in codings):
            raise self._call.failure("protocol-error", "used a transfer coding but chunked")
        return bool(codings)


class HeadGuard:
    """Holds one header section back until it is whole, well-formed and within its caps."""

    def __init__(self, call: Call, limits: Limits) -> None:
        self._call = call
        self._lines = Lines(call)
        self._head = bytearray()
        self.section = SectionGuard(call, limits)

    def take(self, data: bytes) -> tuple[bytes | None, bytes]:
        """The header section and what follows it, or None while it goes on."""
        at = 0
        while at < len(data):
            line, at = self._lines.next(data, at)
            if line is None:
                self.section.check_cost(self._lines.pending if self._head else 0)
                break
            if self._head and line:
                self.section.add(line)
            elif not self._head and not _STATUS_LINE.fullmatch(line):
                raise malformed(self._call)
            self._head += line + b"\r\n"
            if not line:
                return bytes(self._head), data[at:]
        return None, b""


class ChunkGuard:
    """Follows the framing of a chunked body, to its trailers."""

    def __init__(self, call: Call, limits: Limits) -> None:
        self._call = call
        self._lines = Lines(call)
        self._trailers = SectionGuard(call, limits)
        self._skip = 0
        self._in_data = False
        self._in_trailers = False

    def check(self, data: bytes) -> None:
        """Raises HttpFailure where the framing is not as RFC 9112, section 7.1, has it."""
        at = 0
        while at < len(data):
            if self._skip:
                skipped = min(self._skip, len(data) - at)
                self._skip -= skipped
                at += skipped
                continue
            line, at = self._lines.next(data, at)
            if line is None:
                if self._in_trailers:
                    self._trailers.check_cost(self._lines.pending)
                return
            if self._in_trailers:
                if not line:
                    return
                self._trailers.add(line)
            elif self._in_data:
                if line:
                    raise malformed(self._call)
                self._in_data = False
            else:
                self._begin(line)

    def _begin(self, line: bytes) -> None:
        chunk = _CHUNK_LINE.fullmatch(line)
        if chunk is None:
            raise malformed(self._call)
        self._skip = int(chunk[1], 16)
        self._in_data = self._skip > 0
        self._in_trailers = not self._in_data


def malformed(call: Call) -> HttpFailure:
    """What is not HTTP/1.1."""
    return call.failure("protocol-error", "sent an answer that is not well-formed HTTP/1.1")
