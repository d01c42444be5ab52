"""Figures against targets, and how they are shown."""

import os
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity; without a target it is told only."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def verdict(self) -> str:
        """met, not met, or nothing when there is no target."""
        if self.at_most is not None:
            return "met" if self.value <= self.at_most else "NOT MET"
        if self.at_least is not None:
            return "met" if self.value >= self.at_least else "NOT MET"
        return ""

    @property
    def target(self) -> str:
        """The target as text."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"


def show(title: str, figures: Iterable[Figure]) -> None:
    """Prints the figures as one table."""
    print(f"\n{title} (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    print(f"{'what':<62} {'value':>10} {'unit':<12} {'target':>9}  verdict")
    for figure in figures:
        print(
            f"{figure.what:<62} {figure.value:>10.4g} {figure.unit:<12} "
            f"{figure.target:>9}  {figure.verdict}"
        )


def say(text: str) -> None:
    """A line of progress, beside the figures."""
    print(text, file=sys.stderr, flush=True)


def median_ms(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(seconds) * 1000


def p99_ms(seconds: Sequence[float]) -> float:
    """The 99th percentile in milliseconds; the largest of fewer than a hundred."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))] * 1000
