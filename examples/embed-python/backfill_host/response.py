"""Responses: read by h11 behind its guard, decoded, and counted as they come."""

from dataclasses import dataclass

import h11

from .call import Call
from .decoding import BadCoding, Decoder, decoder_of
from .failures import Phase
from .framing import ChunkGuard, HeadGuard, malformed
from .limits import Limits

_DECODED_AWAY = {"content-encoding", "content-length"}
#: These have no body, whatever they declare (RFC 9112, section 6.3).
_BODILESS = {204, 304}


@dataclass(frozen=True)
class Response:
    """`types.response`: one final response, whole and decoded."""

    status: int
    #: Lower-case names and Latin-1 values, in the order of arrival.
    fields: list[tuple[str, str]]
    body: bytes


class ByteBudget:
    """The decoded bytes that one event may still receive, over all its calls."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.left = total

    def spend(self, count: int) -> None:
        """Counts bytes that came; more than were left use up the rest."""
        self.left = max(0, self.left - count)


class ResponseReader:
    """Takes the bytes of one connection until they are a response, or a failure."""

    def __init__(
        self, call: Call, connection: h11.Connection, limits: Limits, budget: ByteBudget
    ) -> None:
        self._call = call
        self._connection = connection
        self._limits = limits
        self._budget = budget
        self._received = 0
        self._informational = 0
        self._head_guard: HeadGuard | None = HeadGuard(call, limits)
        self._chunk_guard: ChunkGuard | None = None
        self._status = 0
        self._fields: list[tuple[str, str]] = []
        self._decoder: Decoder | None = None
        #: Whether a body without a byte is whole, which is then empty in every coding.
        self._may_be_empty = False
        self._encoded = 0
        self._body = bytearray()

    @property
    def is_clean(self) -> bool:
        """Whether another request may follow: the end was declared, and nothing is behind it."""
        return self._connection.their_state is h11.DONE and not self._connection.trailing_data[0]

    def feed(self, data: bytes) -> Response | None:
        """Takes what has arrived, nothing at the end; returns the response once it is whole."""
        self._received += len(data)
        if self._received > self._limits.wire_bytes:
            what = f"sent a response over {self._limits.wire_bytes} bytes on the wire"
            raise self._call.failure("too-large", what)
        if self._received == 0:
            raise self._call.failure("connection-error", "closed the connection", "EOF")
        try:
            return self._feed(data)
        except h11.RemoteProtocolError:
            raise malformed(self._call) from None
        except BadCoding as error:
            what = "sent a body that its content coding cannot decode"
            raise self._call.failure("protocol-error", what, f"{error}", "decode") from None

    def _feed(self, data: bytes) -> Response | None:
        ended = not data
        while self._head_guard is not None:
            if ended:
                raise self._call.failure("protocol-error", "ended in a header section")
            head, data = self._head_guard.take(data)
            if head is None:
                return None
            self._connection.receive_data(head)
            self._on_head(self._head_guard, self._connection.next_event())
        if self._chunk_guard is not None:
            self._chunk_guard.check(data)
        # h11 takes nothing for the end.
        if data or ended:
            self._connection.receive_data(data)
        return self._read()

    def _on_head(self, guard: HeadGuard, event: object) -> None:
        if isinstance(event, h11.InformationalResponse):
            self._on_informational(event.status_code)
            self._head_guard = HeadGuard(self._call, self._limits)
        elif isinstance(event, h11.Response):
            self._on_response(guard, event)
            self._head_guard = None
        else:
            raise malformed(self._call)

    def _on_informational(self, status: int) -> None:
        # No request of this host asks for 100 or 101; below 100 there is none.
        if status < 102:
            raise self._call.failure("protocol-error", f"sent a {status} that nobody asked for")
        self._informational += 1
        if self._informational > self._limits.informational_responses:
            count = self._limits.informational_responses
            raise self._call.failure("too-large", f"sent over {count} informational responses")

    def _on_response(self, guard: HeadGuard, event: h11.Response) -> None:
        chunked = guard.section.is_chunked()
        # Not h11's, which lower-cases values too.
        fields = guard.section.fields
        bodiless = event.status_code in _BODILESS
        length = next((int(value) for name, value in fields if name == "content-length"), None)
        coding = ", ".join(value for name, value in fields if name == "content-encoding")
        if coding.lower() not in ("", "identity"):
            self._decoder = decoder_of(coding)
            if self._decoder is None:
                raise self._call.failure("protocol-error", "used an unknown content coding")
            fields = [field for field in fields if field[0] not in _DECODED_AWAY]
        self._call.phase = "body"
        self._status = event.status_code
        self._fields = fields
        self._may_be_empty = bodiless or chunked or length is not None
        if chunked and not bodiless:
            self._chunk_guard = ChunkGuard(self._call, self._limits)
        if length is not None and self._decoder is None and not bodiless:
            self._check_room(length)

    def _read(self) -> Response | None:
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Data):
                self._on_data(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return self._finish()
            else:
                return None

    def _on_data(self, data: bytes) -> None:
        self._encoded += len(data)
        if self._decoder is None:
            self._add(data)
            return
        for piece in self._decoder.feed(data):
            self._add(piece)

    def _add(self, piece: bytes) -> None:
        try:
            self._check_room(len(piece))
        finally:
            self._budget.spend(len(piece))
        self._body += piece

    def _check_room(self, count: int) -> None:
        """Raises at the cap that comes first where so many bytes more have no room."""
        room = self._limits.response_body_bytes - len(self._body)
        if count <= min(room, self._budget.left):
            return
        phase: Phase = "body" if self._decoder is None else "decode"
        if self._budget.left < room:
            what = f"sent more than the {self._budget.total} bytes an event may receive"
            raise self._call.failure("limit-exceeded", what, phase=phase)
        what = f"sent a body over {self._limits.response_body_bytes} bytes, decoded"
        raise self._call.failure("too-large", what, phase=phase)

    def _finish(self) -> Response:
        if self._decoder is not None and not (self._may_be_empty and self._encoded == 0):
            self._decoder.finish()
        return Response(self._status, self._fields, bytes(self._body))
