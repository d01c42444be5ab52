"""How far a run is, on one line of a terminal."""

import time
from collections.abc import Callable
from typing import TextIO

_EVERY = 0.2  # seconds
_WIDTH = 24


class Progress:
    """A bar with rate and the time left; silent when nobody looks."""

    def __init__(
        self, stream: TextIO, *, shown: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._shown, self._clock = stream, shown, clock
        self._what, self._unit, self._total, self._from = "", "", 0, 0
        self._began = self._next = 0.0

    def begin(self, what: str, unit: str, total: int, done: int = 0) -> None:
        """A part of the run, of which `done` was done before."""
        self._what, self._unit, self._total, self._from = what, unit, total, done
        self._began = self._next = self._clock()
        self.at(done)

    def at(self, done: int) -> None:
        """Where it is now."""
        now = self._clock()
        if self._shown and (now >= self._next or done >= self._total):
            self._next = now + _EVERY
            self._stream.write(f"\r{self._line(done, now - self._began)}\x1b[K")
            self._stream.flush()

    def say(self, what: str) -> None:
        """What is waited for, where nobody knows how long."""
        if self._shown:
            self._stream.write(f"\r{what}\x1b[K")
            self._stream.flush()

    def end(self) -> None:
        """The end of the part."""
        if self._shown:
            self._stream.write("\n")

    def _line(self, done: int, seconds: float) -> str:
        share = min(1.0, done / self._total) if self._total else 1.0
        bar = "#" * int(share * _WIDTH)
        told = f"{self._what} [{bar:-<{_WIDTH}}] {done:,} of {self._total:,} {self._unit}"
        told += f" ({share:.0%})"
        rate = (done - self._from) / seconds if seconds else 0.0
        if not rate:
            return told
        left = int(max(0, self._total - done) / rate)
        return f"{told}, {rate:,.1f}/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
