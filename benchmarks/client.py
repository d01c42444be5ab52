"""A small client: one kept connection per thread, every request timed, failures counted."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.serving import HOST

_TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Call:
    """One request to be made."""

    path: str
    body: bytes | None = None
    content_type: str = "application/json"


@dataclass(slots=True)
class Answers:
    """Seconds of the answers that were good, when each came, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    lost: int = 0
    refused: int = 0


class Client:
    """One connection, opened again after a failure."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT)

    def send(self, call: Call, answers: Answers) -> None:
        """Sends and waits for the whole answer."""
        start = time.perf_counter()
        try:
            self._connection.request(
                "GET" if call.body is None else "POST",
                call.path,
                call.body,
                {"Content-Type": call.content_type} if call.body is not None else {},
            )
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            answers.lost += 1
            return
        end = time.perf_counter()
        if response.status in (200, 201):
            answers.seconds.append(end - start)
            answers.moments.append(end)
        else:
            answers.refused += 1

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def send_at_once(port: int, calls: Sequence[Call], clients: int) -> tuple[Answers, float]:
    """The calls from so many clients at once, and the seconds that all of it took."""
    answers = Answers()
    start = time.perf_counter()
    threads = [
        threading.Thread(target=_send_all, args=(port, calls[number::clients], answers))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.perf_counter() - start


def _send_all(port: int, calls: Sequence[Call], answers: Answers) -> None:
    client = Client(port)
    for call in calls:
        client.send(call, answers)
    client.close()
