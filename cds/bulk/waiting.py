"""Waits for an export as the server asks for it, and no longer than anybody would."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from msgspec import Struct

from cds.bulk.server import BulkServer, what_of
from cds.ehr.connection import Answer, FetchError
from cds.errors import CdsError
from cds.population.progress import Progress

#: O: seconds. The specification leaves them to the client; who says Retry-After is heeded.
LONGEST = 12 * 3_600.0
_FIRST, _SLOWEST = 5.0, 60.0
_MOST_FAILURES = 5
_READY, _LATER = 200, frozenset({202, 429, 502, 503, 504})
_SHARE = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d+)?\s*%", re.ASCII)
_NOT_READY = (
    "The export is not ready within {hours:.0f} hours. The same command goes on waiting for it; "
    "nothing is asked for a second time."
)
_SILENT = "The server of the export does not answer any more. Give the same command again later."
_REFUSED = (
    "The server does not give the export ({why}). Name a new folder with --out, or delete this "
    "one, to ask for another."
)


class Clock(Struct, frozen=True):
    """The time, as far as waiting needs it."""

    seconds: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


def wait(server: BulkServer, where: str, progress: Progress, clock: Clock) -> bytes:
    """The manifest, once the export is ready.

    Raises: CdsError when it failed, the server is silent, or it takes too long.
    """
    progress.say("waiting for the export")
    try:
        return _waited(server, where, progress, clock)
    finally:
        progress.end()


def _waited(server: BulkServer, where: str, progress: Progress, clock: Clock) -> bytes:
    began, backoff, failures = clock.seconds(), _FIRST, 0
    while True:
        answer = _look(server, where)
        failures = 0 if answer else failures + 1
        if failures > _MOST_FAILURES:
            raise CdsError(_SILENT)
        if answer and answer.status == _READY:
            return answer.body
        if answer and answer.status not in _LATER:
            raise CdsError(_REFUSED.format(why=what_of(answer)))
        asked = _retry_after(answer.headers, clock.now()) if answer else None
        pause = backoff if asked is None else max(asked, 1.0)
        backoff = min(backoff * 2, _SLOWEST)
        waited = clock.seconds() - began
        if waited + pause > LONGEST:
            raise CdsError(_NOT_READY.format(hours=LONGEST / 3_600))
        progress.say(_told(answer, waited, pause))
        clock.sleep(pause)


def _look(server: BulkServer, where: str) -> Answer | None:
    try:
        return server.status(where)
    except FetchError:
        return None


def _retry_after(headers: Message, now: datetime) -> float | None:
    """Seconds, said as such or as a moment (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()


def _told(answer: Answer | None, waited: float, pause: float) -> str:
    minutes, seconds = divmod(int(waited), 60)
    told = f"waiting for the export: {minutes // 60}:{minutes % 60:02}:{seconds:02}"
    # Only the number: what else a server writes there is not for a terminal.
    share = _SHARE.search(answer.headers.get("X-Progress", "")) if answer else None
    done = f", {share[1]}% done" if share else ""
    return f"{told}{done}, asked again in {pause:.0f} s"
