import ssl
import threading

import pytest

from backfill_host.failures import HttpFailure
from backfill_host.response import Response

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_a_server_may_answer_before_it_has_read_the_request(serve) -> None:
    def answer(tls: ssl.SSLSocket) -> None:
        tls.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")

    with serve(answer) as scene:
        response = scene.send(method="POST", body=b"x" * 8_000_000)
    assert response == Response(413, [("content-length", "2")], b"no")


def test_a_request_that_is_not_read_fails_in_phase_send(serve) -> None:
    with serve(lambda _tls: None) as scene, pytest.raises(HttpFailure) as caught:
        scene.send(method="POST", body=b"x" * 8_000_000, timeout=300)
    assert (caught.value.code, caught.value.phase, caught.value.sent) == ("timeout", "send", True)


def test_a_large_request_arrives_whole_while_the_server_talks(serve) -> None:
    body = bytes(range(256)) * 20_000
    received = bytearray()

    def answer(tls: ssl.SSLSocket) -> None:
        tls.sendall(b"HTTP/1.1 103 Early\r\n\r\n")
        while not received.endswith(body[-1000:]):
            received.extend(tls.recv(65536))
        tls.sendall(EMPTY)

    with serve(answer) as scene:
        assert scene.send(method="PUT", body=body).status == 200
    assert received.endswith(b"\r\n\r\n" + body)


def test_a_call_without_a_place_waits_no_longer_than_its_deadline(serve) -> None:
    asked = threading.Event()
    go = threading.Event()

    def answer(tls: ssl.SSLSocket) -> None:
        while tls.recv(65536):
            asked.set()
            go.wait()
            tls.sendall(EMPTY)

    with serve(answer, calls_in_flight=1) as scene:
        first = threading.Thread(target=scene.send)
        first.start()
        asked.wait()
        with pytest.raises(HttpFailure) as caught:
            scene.send(timeout=100)
        assert (caught.value.code, caught.value.phase) == ("timeout", "queue")
        go.set()
        first.join()
        assert scene.send().status == 200


def test_a_name_server_that_never_answers_costs_no_more_than_the_deadline(serve) -> None:
    with serve(lambda _tls: None) as scene:
        object.__setattr__(scene.door.network, "look_up", lambda _host: threading.Event().wait())
        with pytest.raises(HttpFailure) as caught:
            scene.send(timeout=100)
    assert (caught.value.code, caught.value.phase, caught.value.sent) == ("timeout", "dns", False)


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (EMPTY, 1),
        (EMPTY.replace(b"\r\n\r\n", b"\r\nKeep-Alive: timeout=5\r\n\r\n"), 1),
        (EMPTY.replace(b"\r\n\r\n", b"\r\nKeep-Alive: timeout=1\r\n\r\n"), 3),
        (EMPTY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), 3),
        (EMPTY.replace(b"1.1", b"1.0"), 3),
        (EMPTY + b"surplus", 3),
        (EMPTY + EMPTY, 3),
    ],
)
def test_a_connection_is_kept_where_another_request_may_follow(serve, answer, connections) -> None:
    made: list[ssl.SSLSocket] = []

    def serve_all(tls: ssl.SSLSocket) -> None:
        made.append(tls)
        while tls.recv(65536):
            tls.sendall(answer)

    with serve(serve_all) as scene:
        for _ in range(3):
            assert scene.send().status == 200
    assert len(made) == connections


def test_calls_with_other_credentials_have_a_connection_of_their_own(serve) -> None:
    made: list[bytes] = []

    def answer(tls: ssl.SSLSocket) -> None:
        made.append(b"")
        place = len(made) - 1
        while request := tls.recv(65536):
            made[place] += request
            tls.sendall(EMPTY)

    with serve(answer) as scene:
        for credential in (None, "a", "b", "a", None):
            fields = [] if credential is None else [("Authorization", credential)]
            scene.send(fields=fields)
    assert [request.count(b"GET / ") for request in made] == [2, 2, 1]


def test_a_kept_connection_that_the_server_has_closed_is_not_used(serve) -> None:
    closed = threading.Event()

    def answer(tls: ssl.SSLSocket) -> None:
        tls.recv(65536)
        tls.sendall(EMPTY)
        tls.close()
        closed.set()

    with serve(answer) as scene:
        assert scene.send(method="POST", body=b"a").status == 200
        closed.wait()
        assert scene.send(method="POST", body=b"a").status == 200
