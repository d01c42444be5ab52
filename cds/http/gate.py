"""One at a time, in the order in which they came: for what only computes.

Python computes in one thread of a process at a time. Threads that all compute at once finish all
of them late, and each looks for its turn again after every few milliseconds.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Gate:
    """Lets one thread in at a time, first come, first served."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def is_free(self) -> bool:
        """Whether nobody has the turn."""
        return not self._is_taken

    @property
    def waiting(self) -> int:
        """How many wait for it."""
        return len(self._waiting)

    def enter(self, *, first: bool = False) -> None:
        """Waits for the turn; `first` before all others who wait. Whoever enters has to `leave`."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            called = Lock()
            called.acquire()
            (self._waiting.appendleft if first else self._waiting.append)(called)
        called.acquire()

    def leave(self) -> None:
        """Hands over to whoever waits for longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Lets others in while whoever has the turn only waits; then it goes on before them."""
        self.leave()
        try:
            yield
        finally:
            self.enter(first=True)
