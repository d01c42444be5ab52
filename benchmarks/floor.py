"""A floor for a decision: 300 rules over 80 attributes, one plain closure each, nothing explained.

Where the targets were set, the same was measured. Measured here in turn with what has a target, it
tells how fast this machine is at the moment: its speed changes from minute to minute.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import median
from time import thread_time

from benchmarks.figures import Figure

Patient = Mapping[str, float]
#: What a figure is called that is told as it would be on the machine where targets were set.
SCALED = "at the targets' speed"

_SECONDS_THERE = 37e-6
_RULES, _PATIENTS, _ATTRIBUTES = 300, 500, 80
_CONDITIONS = (2, 4)
_COMPARISONS = (">=", "<")


class Floor:
    """Rules and patients, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._names = [f"a{number}" for number in range(_ATTRIBUTES)]
        self._rules = [self._build_rule() for _ in range(_RULES)]
        self._patients = [self._build_patient() for _ in range(_PATIENTS)]
        self._next = 0

    def run(self, times: int) -> Sequence[float]:
        """The processor's seconds of each of so many patients: which rules are true of them?"""
        taken = []
        for _ in range(times):
            patient = self._patients[self._next % _PATIENTS]
            self._next += 1
            start = thread_time()
            [number for number, holds in enumerate(self._rules) if holds(patient)]
            taken.append(thread_time() - start)
        return taken

    def _build_rule(self) -> Callable[[Patient], bool]:
        parts = [self._build_test() for _ in range(self._random.randint(*_CONDITIONS))]
        made: Callable[[Patient], bool] = eval(f"lambda patient: {' and '.join(parts)}")
        return made

    def _build_test(self) -> str:
        name, comparison = self._random.choice(self._names), self._random.choice(_COMPARISONS)
        return f"patient[{name!r}] {comparison} {self._random.uniform(20, 80):.2f}"

    def _build_patient(self) -> Patient:
        return {name: self._random.uniform(0, 100) for name in self._names}


def slowness(floor: Sequence[float]) -> float:
    """How many times as long the floor takes here as where the targets were set."""
    return median(floor) / _SECONDS_THERE


def slowness_figure(floor: Sequence[float]) -> Figure:
    """The same, to be shown."""
    return Figure("300 rules as plain closures, of the targets' time", slowness(floor), "times")
