"""How much there is to do in each process, so that nobody waits long in one of them for nothing.

A client keeps its connection, and a connection stays with the process that accepted it: by chance
one of two processes often accepts most of them. The methods are hooks of gunicorn.
"""

import mmap
from collections.abc import Callable
from typing import Any

_PLACES = 256
_MOST = 255


class Processes:
    """The requests in each process, in memory that all of them share which are forked afterwards.

    `count` tells how many compute or wait in the own process. What is told of the others may be
    old by a request: then somebody connects anew for nothing.
    """

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._counts = mmap.mmap(-1, _PLACES)
        self._counts[:] = bytes([_MOST]) * _PLACES

    def place(self, server: Any, worker: Any) -> None:
        """Gives a process that is to be forked a place that no other has."""
        taken = {other.place for other in server.WORKERS.values()}
        worker.place = next(place for place in range(_PLACES) if place not in taken)
        self._counts[worker.place] = 0

    def begin(self, worker: Any, request: Any) -> None:
        """Has a client connect anew the next time, where much more wait than in another process.

        Whoever has less to do accepts sooner.
        """
        here = self._count()
        self._counts[worker.place] = min(here + 1, _MOST)
        least = min(self._counts[:])
        if here > least + least // 2:
            request.force_close()

    def end(self, worker: Any, request: Any) -> None:
        """Notes what is left to do after a request."""
        self._counts[worker.place] = min(self._count(), _MOST)
