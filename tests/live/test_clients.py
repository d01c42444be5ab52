"""Clients that are slow, rude or gone: the others are answered, and nothing is a 500."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.live.process import BODY, Server

pytestmark = pytest.mark.slow

HEAD = b"POST /v1/decisions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
WHOLE = json.dumps(BODY).encode()
SENT = HEAD + b"Content-Length: %d\r\n\r\n" % len(WHOLE)
STARTS = (SENT + b"{", b"GET / HTTP/1.1\r\nHost: h\r\nX-", HEAD, SENT, b"")


def status_of(connection: socket.socket) -> int:
    """The status of the next answer; 0 when the connection ends without one."""
    first = connection.makefile("rb").readline().split()
    return int(first[1]) if first else 0


def ask(server: Server, sent: bytes) -> int:
    with server.connect() as connection:
        connection.sendall(sent)
        return status_of(connection)


@contextmanager
def trickling(server: Server, number: int) -> Iterator[None]:
    """Clients that begin a request and send a byte of it now and then."""
    slow = [server.connect() for _ in range(number)]
    for place, client in enumerate(slow):
        client.sendall(STARTS[place % len(STARTS)])
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.2):
            for client in slow:
                client.sendall(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for client in slow:
            client.close()


def test_forty_slow_clients_hold_nobody_up(shared: Server) -> None:
    with trickling(shared, 40):
        began = time.monotonic()
        answers = [shared.decide().status for _ in range(10)]
        took = time.monotonic() - began
    assert answers == [201] * 10
    assert took < 10


def test_a_slow_client_that_gets_there_is_answered(shared: Server) -> None:
    with shared.connect() as client:
        for piece in (SENT[:20], SENT[20:], WHOLE[:9], WHOLE[9:]):
            client.sendall(piece)
            time.sleep(0.1)
        assert status_of(client) == 201


def test_clients_that_go_away_cost_nothing(shared: Server) -> None:
    for sent in (*STARTS, SENT + WHOLE):
        with shared.connect() as client:
            client.sendall(sent)
            # No lingering: the connection is reset, not closed in order.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert [shared.decide().status for _ in range(5)] == [201] * 5


@pytest.mark.parametrize(
    "chunks",
    [
        *(b"zz\r\n{}\r\n0\r\n\r\n", b"-5\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n"),
        *(b"2\r\n{}XX\r\n0\r\n\r\n", b"2 2\r\n{}\r\n0\r\n\r\n", b"\r\n\r\n"),
    ],
)
def test_a_body_in_faulty_chunks_is_a_bad_request(shared: Server, chunks: bytes) -> None:
    assert ask(shared, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) == 400


def test_a_body_in_sound_chunks_is_decided_on(shared: Server) -> None:
    pieces = [WHOLE[:7], WHOLE[7:30], WHOLE[30:]]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert ask(shared, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body) == 201


def test_a_body_that_breaks_off_is_a_bad_request(shared: Server) -> None:
    with shared.connect() as client:
        client.sendall(SENT + WHOLE[:10])
        client.shutdown(socket.SHUT_WR)
        assert status_of(client) == 400


@pytest.mark.parametrize("stated", [b"Content-Length: 10000000", b"Transfer-Encoding: chunked"])
def test_ten_megabytes_are_too_much(shared: Server, stated: bytes) -> None:
    body = b"[" * 10_000_000
    if b"chunked" in stated:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with shared.connect() as client:
        with suppress(OSError):  # refused before all of it was sent
            client.sendall(HEAD + stated + b"\r\n\r\n" + body)
        assert status_of(client) == 413


def test_a_client_that_asks_whether_to_go_on_is_told_to(shared: Server) -> None:
    with shared.connect() as client:
        client.sendall(SENT[:-2] + b"Expect: 100-continue\r\n\r\n")
        answer = client.makefile("rb")
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        client.sendall(WHOLE)
        following = (line.split()[1] for line in answer if line.startswith(b"HTTP/1.1"))
        assert next(status for status in following if status != b"100") == b"201"


def test_two_requests_sent_at_once_are_both_answered(shared: Server) -> None:
    with shared.connect() as client:
        client.sendall((SENT + WHOLE)[:-3])
        client.sendall((SENT + WHOLE)[-3:] + SENT + WHOLE[:5])
        time.sleep(0.2)
        client.sendall(WHOLE[5:])
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read().count(b"HTTP/1.1 201 CREATED") == 2
