"""Whether a session goes on, by what was measured or seen in it today."""

from datetime import date
from enum import StrEnum

from msgspec import Struct


class SessionVerdict(StrEnum):
    """What to do now; listed from the most to the least cautious."""

    STOP = "stop"
    INSUFFICIENT_DATA = "insufficient_data"
    GO_EASIER = "go_easier"
    GO = "go"


class SessionValue(Struct, frozen=True):
    """One value of today's session, in its canonical unit."""

    fact: str
    label: str
    value: float | bool | str | None
    unit: str | None
    at: date | None


class SessionReason(Struct, frozen=True):
    """Why to stop or to go easier; `by` holds the rules or limits that say so.

    `scope` tells a reason that ends any exercise (`all`) from one that ends a test (`test`).
    """

    verdict: SessionVerdict
    message: str
    scope: str
    reopens: str | None
    decided_by: str | None
    by: tuple[str, ...]


class Session(Struct, frozen=True):
    """Stop or go, the values it was judged on, and every reason, the most cautious first."""

    verdict: SessionVerdict
    message: str
    values: tuple[SessionValue, ...]
    reasons: tuple[SessionReason, ...]
