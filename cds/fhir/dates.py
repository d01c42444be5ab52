"""FHIR dates and times, which may be less precise than a day."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

_FORM = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<clock>\d\d:\d\d(:\d\d(\.\d+)?)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_START, _END = time.min.replace(tzinfo=UTC), time.max.replace(tzinfo=UTC)


class Moment(Struct, frozen=True):
    """A time as precise as it was written: from `start` to `end`, both included (UTC).

    `first` and `last` are the days it can have been, as the writer's calendar shows them.
    """

    first: date
    last: date
    start: datetime
    end: datetime

    @property
    def day(self) -> date | None:
        """The day, or None when only the month or the year is known."""
        return self.first if self.first == self.last else None


def parse_moment(text: str) -> Moment | None:
    """The time that the text names, or None when it names none."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    try:
        if match["clock"]:
            return _instant(match)
        first, last = _days(match)
    except (ValueError, OverflowError):
        return None
    return Moment(first, last, datetime.combine(first, _START), datetime.combine(last, _END))


def span(first: Moment, last: Moment) -> Moment:
    """The time from one moment to another."""
    return Moment(first.first, last.last, first.start, last.end)


def whole_years(birth: date, today: date) -> int:
    """Completed years of life.

    Units: years.
    Source: definition.
    """
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _days(match: re.Match[str]) -> tuple[date, date]:
    if match["day"]:
        only = date.fromisoformat(match.string[:10])
        return only, only
    year, month = match["year"], match["month"]
    if month:
        days = monthrange(int(year), int(month))[1]
        return date(int(year), int(month), 1), date(int(year), int(month), days)
    return date(int(year), 1, 1), date(int(year), 12, 31)


def _instant(match: re.Match[str]) -> Moment:
    day, _ = _days(match)
    clock = datetime.combine(day, time.fromisoformat(match["clock"]))
    zone = match["zone"] or "Z"
    at = datetime.fromisoformat(clock.isoformat() + zone.replace("Z", "+00:00"))
    exact = at.astimezone(UTC)
    end = exact if match["clock"].count(":") == 2 else exact + timedelta(seconds=59)
    return Moment(day, day, exact, end)
