import ssl
import threading

import pytest

from backfill_host.failures import HttpFailure
from backfill_host.response import Response


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
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serve(answer) as scene:
        assert scene.send(method="PUT", body=body).status == 200
    assert received.endswith(b"\r\n\r\n" + body)


def test_a_call_without_a_place_waits_no_longer_than_its_deadline(serve) -> None:
    asked = threading.Event()
    go = threading.Event()

    def answer(tls: ssl.SSLSocket) -> None:
        tls.recv(65536)
        asked.set()
        go.wait()
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

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
