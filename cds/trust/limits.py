"""How much one client may ask of one process: requests in a minute, and requests at once."""

import math
import threading
import time
from collections.abc import Callable

from msgspec import Struct

from cds.errors import TooManyRequestsError

# O: of the 64 threads of a process, so that some stay free for others.
_AT_ONCE = 48
# Beyond these the one that was quiet for longest is forgotten, so that addresses fill no memory.
_MOST_CLIENTS = 10_000


class _Client(Struct):
    left: float
    seen: float
    working: int = 0


class Limits:
    """A bucket of requests for each client, refilled evenly. Thread-safe, for one process."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that never go back."""
        self._most, self._clock = per_minute, clock
        self._clients: dict[str, _Client] = {}
        self._lock = threading.Lock()

    def enter(self, client: str) -> None:
        """Counts a request that begins; whoever enters has to `leave`.

        Raises: TooManyRequestsError, and then nothing was entered.
        """
        now = self._clock()
        with self._lock:
            at = self._clients.pop(client, None) or _Client(self._most, now)
            self._clients[client] = at  # the last that is forgotten
            at.left = min(self._most, at.left + (now - at.seen) * self._most / 60)
            at.seen = now
            if at.left < 1:
                raise TooManyRequestsError(math.ceil((1 - at.left) * 60 / self._most))
            if at.working >= _AT_ONCE:
                raise TooManyRequestsError(1)
            at.left -= 1
            at.working += 1
            if len(self._clients) > _MOST_CLIENTS:
                del self._clients[next(iter(self._clients))]

    def leave(self, client: str) -> None:
        """Counts a request that ended."""
        with self._lock:
            at = self._clients.get(client)
            if at is not None and at.working:
                at.working -= 1
