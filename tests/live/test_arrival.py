"""When the bytes of a request are all there."""

import pytest

from cds.http.arrival import Arrival

POST = b"POST / HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = (
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    POST + b"content-length:  2\r\n\r\n{}",
    CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",
    CHUNKED + b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\nTrailer: t\r\n\r\n",
    CHUNKED + b"0\r\n\r\n",
)


@pytest.mark.parametrize("request_bytes", WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_bytes: bytes) -> None:
    arrival = Arrival(100)
    states = []
    for place in range(len(request_bytes)):
        arrival.add(request_bytes[place : place + 1])
        states.append(arrival.is_whole)
    assert states == [False] * (len(request_bytes) - 1) + [True]


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 101\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"2\r\n{}XX",
        CHUNKED + b"1" * 300,
        CHUNKED + b"ff\r\n" + b"x" * 101,
        b"GET /" + b"a" * 700_000,
    ],
)
def test_what_cannot_become_a_sound_request_is_refused_without_waiting(
    request_bytes: bytes,
) -> None:
    arrival = Arrival(100)
    arrival.add(request_bytes)
    assert arrival.is_whole


def test_a_chunk_that_promises_more_than_came_is_waited_for() -> None:
    arrival = Arrival(100)
    arrival.add(CHUNKED + b"ffffffffffff\r\n{")
    assert not arrival.is_whole


def test_consent_is_asked_for_once_the_head_is_there_and_the_body_is_not() -> None:
    arrival = Arrival(100)
    assert not arrival.add(POST + b"Expect: 100-continue\r\n")
    assert arrival.add(b"Content-Length: 2\r\n\r\n")
    assert arrival.awaits_consent
    assert not arrival.add(b"{}")
    assert not arrival.awaits_consent
