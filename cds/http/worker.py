"""A gunicorn worker whose threads are given whole requests only.

gunicorn's own threads read from the client. Ten clients that send a byte now and then would
take all of them, and the service would answer nobody. Here the loop of the worker collects the
bytes of all connections, and a thread starts when a request is complete.
"""

import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import ThreadWorker

from cds.http.arrival import Arrival

_PIECE = 65_536
_SECONDS_TO_ARRIVE = 20.0
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Waits for slow clients without a thread. `most_bytes` is the longest body that is read."""

    most_bytes = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: dict[Any, tuple[Arrival, float]] = {}

    def enqueue_req(self, conn: Any) -> None:
        """Takes a connection on which a request begins."""
        arrival = Arrival(self.most_bytes)
        arrival.add(conn.parser.unreader.take_buffered() if conn.parser else b"")
        if arrival.is_whole:
            self._hand_over(conn, arrival)
            return
        conn.sock.setblocking(False)
        self._arriving[conn] = (arrival, time.monotonic() + _SECONDS_TO_ARRIVE)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))

    def murder_pending(self) -> None:
        """Ends connections whose request did not arrive in time; when stopping, idle ones too."""
        super().murder_pending()
        now = time.monotonic()
        for conn, (arrival, end) in list(self._arriving.items()):
            if now > end or not (self.alive or arrival.data):
                self._forget(conn)
                if arrival.data:
                    _send(conn, _TOO_SLOW)
                self.nr_conns -= 1
                conn.close()

    def _read(self, conn: Any, _: Any) -> None:
        arrival, _end = self._arriving[conn]
        try:
            piece = conn.sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""  # the client went away: the parser closes the connection
        if arrival.add(piece) and arrival.awaits_consent:
            _send(conn, _GO_ON)
        if arrival.is_whole or not piece:
            self._forget(conn)
            self._hand_over(conn, arrival)

    def _forget(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        del self._arriving[conn]

    def _hand_over(self, conn: Any, arrival: Arrival) -> None:
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.unread(bytes(arrival.data))
        conn.initialized = conn.data_ready = True
        super().enqueue_req(conn)


def _send(conn: Any, answer: bytes) -> None:
    with suppress(OSError):  # the client went away; its connection is closed elsewhere
        conn.sock.send(answer)
