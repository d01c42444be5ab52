"""Refusals in the record: the first of its kind at once, its repetitions counted by the minute.

An attacker decides how many refusals there are; so a process writes at most `_MOST` kinds in a
minute and counts all others as one. A kind is who was refused what, where and why. Never a value
of the request.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from cds.audit.store import Store
from cds.audit.turn import Draft, stamp
from cds.errors import AuditError
from cds.observability import error_chain, log

REFUSAL = "refusal"
_MOST = 10
_MINUTE = timedelta(minutes=1)


class Refused(Struct, frozen=True):
    """What was refused to whom: the route as it is written in the table, and the problem's kind."""

    route: str
    status: int
    problem: str
    who: str | None
    client: str


_OTHERS = Refused("*", 0, "various", None, "*")


class _Count(Struct):
    """Refusals that are not in the record yet."""

    first: datetime
    last: datetime
    left: int = 0


class Refusals:
    """Counts the refusals of one process and records them. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: dict[Refused, _Count] = {}
        self._began: datetime | None = None
        self._lock = threading.Lock()

    def note(self, refused: Refused, now: datetime) -> None:
        """Counts a refusal. What is refused because nothing can be recorded is recorded later."""
        self.settle(now)
        with self._lock:
            self._began = self._began or now
            if refused not in self._counts and len(self._counts) >= _MOST:
                refused = _OTHERS
            new = refused not in self._counts
            count = self._counts.setdefault(refused, _Count(now, now))
            count.left, count.last = count.left + 1, now
        if new and refused is not _OTHERS and refused.status != 503:
            self._write({refused: count})

    def settle(self, now: datetime, *, ends: bool = False) -> None:
        """Records what was counted when its minute is over, or the process `ends`."""
        with self._lock:
            if self._began is None or (now - self._began < _MINUTE and not ends):
                return
            self._began, due = now, dict(self._counts)
        self._write(due)
        with self._lock:  # what could not be recorded comes again in a minute
            self._counts = {of: count for of, count in self._counts.items() if count.left}
            self._began = self._began if self._counts else None

    def _write(self, counts: Mapping[Refused, _Count]) -> None:
        with self._lock:
            taken = {of: count.left for of, count in counts.items() if count.left}
            drafts = [_draft(of, counts[of]) for of in taken]
            for of in taken:
                counts[of].left = 0
        try:
            if drafts:
                with self._store.turn() as turn:
                    for draft in drafts:
                        turn.append(draft)
        except AuditError as error:
            log().error("refusals_not_recorded", error=error_chain(error))
            with self._lock:
                for of, number in taken.items():
                    counts[of].left += number


def _draft(refused: Refused, count: _Count) -> Draft:
    body: dict[str, Any] = {
        **asdict(refused),
        "count": count.left,
        "first": stamp(count.first),
        "last": stamp(count.last),
    }
    return Draft(REFUSAL, body, count.last, "", sealed=False)
