"""Content codings, decoded in pieces of bounded size."""

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

#: What servers are told.
ACCEPTED = "gzip, deflate, br"

#: Bytes decoded at once, so that a small body cannot grow large before it is counted.
_PIECE = 65536
_TRAILING = "bytes after the end of the compressed body"


class BadCoding(Exception):
    """A body that its coding cannot decode."""


class Decoder(Protocol):
    """Decodes one body as it comes."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields what the bytes decode to, piece by piece."""
        ...

    def finish(self) -> None:
        """Raises BadCoding where the body has not come to its end."""
        ...


def decoder_of(coding: str) -> Decoder | None:
    """The decoder of a Content-Encoding; None where this host has none."""
    match coding.lower():
        case "gzip" | "x-gzip":
            return _Gzip()
        case "deflate":
            return _Deflate()
        case "br":
            return _Brotli()
        case _:
            return None


class _Inflate:
    """One zlib stream, and what stands behind it."""

    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)

    @property
    def ended(self) -> bool:
        return self._stream.eof

    @property
    def rest(self) -> bytes:
        return self._stream.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while True:
                piece = self._stream.decompress(data, _PIECE)
                yield piece
                data = self._stream.unconsumed_tail
                if self._stream.eof or (not data and len(piece) < _PIECE):
                    return
        except zlib.error as error:
            raise BadCoding(f"{error}") from None


class _Gzip:
    """One or more members (RFC 1952, section 2.2), and nothing else."""

    def __init__(self) -> None:
        self._member = _Inflate(zlib.MAX_WBITS | 16)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.ended:
                self._member = _Inflate(zlib.MAX_WBITS | 16)
            yield from self._member.feed(data)
            data = self._member.rest

    def finish(self) -> None:
        if not self._member.ended:
            raise BadCoding("the compressed body is cut short")


class _Deflate:
    """The zlib format (RFC 9110, section 8.4.1.2), or bare deflate, which some servers send."""

    def __init__(self) -> None:
        self._stream: _Inflate | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not data:
            return
        if self._stream is None:
            # No bare deflate that servers send begins as a zlib header does.
            window = zlib.MAX_WBITS if data[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS
            self._stream = _Inflate(window)
        if self._stream.ended:
            raise BadCoding(_TRAILING)
        yield from self._stream.feed(data)
        if self._stream.rest:
            raise BadCoding(_TRAILING)

    def finish(self) -> None:
        if self._stream is None or not self._stream.ended:
            raise BadCoding("the compressed body is cut short")


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            if data:
                raise BadCoding(_TRAILING)
            return
        try:
            piece = self._stream.process(data, output_buffer_limit=_PIECE)
            # It can accept more while it still holds output of what it had.
            while piece or not self._stream.can_accept_more_data():
                yield piece
                piece = self._stream.process(b"", output_buffer_limit=_PIECE)
        except brotli.error as error:
            raise BadCoding(f"{error}") from None

    def finish(self) -> None:
        if not self._stream.is_finished():
            raise BadCoding("the compressed body is cut short")
