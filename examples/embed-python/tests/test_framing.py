import time

import h11
import pytest

from backfill_host.call import Call
from backfill_host.failures import HttpFailure
from backfill_host.framing import HeadGuard
from backfill_host.limits import Limits
from backfill_host.response import ByteBudget, Response, ResponseReader

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def call() -> Call:
    now = time.monotonic()
    return Call("api.example.com", now, now + 60, phase="headers", sent=True)


def read(answer: bytes, step: int, **limits: int) -> Response | None:
    connection = h11.Connection(h11.CLIENT)
    request = h11.Request(method="GET", target="/", headers=[("Host", "api.example.com")])
    connection.send(request)
    connection.send(h11.EndOfMessage())
    caps = Limits(**limits)
    reader = ResponseReader(call(), connection, caps, ByteBudget(caps.response_bytes_per_event))
    pieces = [answer[start : start + step] for start in range(0, len(answer), step)]
    for piece in [*pieces, b""]:
        response = reader.feed(piece)
        if response is not None:
            return response
    return None


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_response_is_the_same_however_it_is_cut(step: int) -> None:
    early = b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\n"
    answer = early + CHUNKED + b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\nsurplus"
    response = read(answer, step)
    assert response == Response(200, [("transfer-encoding", "chunked")], b"abcde")


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize(
    "answer",
    [
        HEAD.replace(b"\r", b"") + b"\n",
        HEAD + b"A: b\nContent-Length: 0\r\n\r\n",
        HEAD + b"A: b\rC: d\r\n\r\n",
        HEAD + b"A: b\0c\r\n\r\n",
        HEAD + b"A : b\r\n\r\n",
        HEAD + b"A: b\r\n c\r\n\r\n",
        HEAD + b"A\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
        HEAD + b"Content-Length: 1, 1\r\n\r\na",
        HEAD + b"Content-Length: +1\r\n\r\na",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\na",
        CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
        CHUNKED + b"1\na\r\n0\r\n\r\n",
        CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
        CHUNKED + b"1;\x01\r\na\r\n0\r\n\r\n",
        CHUNKED + b"1\r\na\r\n0\r\nT: 1\n\r\n",
        CHUNKED + b"1\r\na\r\n",
        CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"hello",
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_refused(answer: bytes, step: int) -> None:
    with pytest.raises(HttpFailure) as caught:
        read(answer, step)
    assert (caught.value.code, caught.value.sent) == ("protocol-error", True)


def test_a_header_section_at_its_cap_passes_and_one_byte_more_does_not() -> None:
    head = HEAD + b"Content-Length: 0\r\n"
    cost = len("Content-Length0") + 32
    field = b"A: " + b"b" * 50 + b"\r\n"
    assert read(head + field + b"\r\n", 1000, header_bytes=cost + 51 + 32) is not None
    with pytest.raises(HttpFailure) as caught:
        read(head + field + b"\r\n", 1000, header_bytes=cost + 51 + 31)
    assert caught.value.code == "too-large"


def test_a_line_without_an_end_is_refused_at_the_cap() -> None:
    guard = HeadGuard(call(), Limits(header_bytes=100))
    guard.take(HEAD + b"A: ")
    guard.take(b"b" * 97)
    with pytest.raises(HttpFailure):
        guard.take(b"b")
