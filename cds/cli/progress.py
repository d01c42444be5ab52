"""A bar on standard error for whoever waits; nothing where nobody sees it."""

import sys
from time import monotonic
from typing import TextIO

_WIDTH = 30
_SECONDS_BETWEEN = 0.2


class Progress:
    """How many of `total` are done, and how fast."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._seen = self._stream.isatty()
        self._began = monotonic()
        self._drawn = 0.0
        self.done = 0

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return monotonic() - self._began

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.done / max(self.seconds, 1e-9)

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        now = monotonic()
        if self._seen and (now - self._drawn > _SECONDS_BETWEEN or self.done == self._total):
            self._drawn = now
            self._draw()

    def end(self) -> None:
        """Takes the bar away."""
        if self._seen:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        share = self.done / max(self._total, 1)
        full = round(share * _WIDTH)
        bar = "#" * full + "." * (_WIDTH - full)
        told = f"{self.done} of {self._total} ({share:.0%}), {self.rate:.0f}/s"
        self._stream.write(f"\r[{bar}] {told}\x1b[K")
        self._stream.flush()
