"""FHIR dates as precise as they were written."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.fhir.dates import parse_moment, whole_years


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024-02-29T23:30:00-05:00", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_a_date_spans_what_it_leaves_open(text: str, first: date, last: date) -> None:
    moment = parse_moment(text)
    assert moment is not None
    assert (moment.first, moment.last) == (first, last)
    assert moment.day == (first if first == last else None)


def test_times_are_compared_across_zones() -> None:
    one, other = parse_moment("2024-01-01T00:30:00+01:00"), parse_moment("2023-12-31T23:30:00Z")
    assert one is not None
    assert other is not None
    assert one.start == other.start == datetime(2023, 12, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "24", "2024-13", "2023-02-29", "2024-1-1", "2024-01-01T", "2024-01-01 10:00", "0000"),
        *("2024-01-01T25:00:00Z", "2024-01-01T10:00:00+25:00", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59-14:00", "\u0662\u0660\u0662\u0664", "2024-01-01T10:00:00Z\n"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.dates())
def test_every_day_reads_back(day: date) -> None:
    moment = parse_moment(day.isoformat())
    assert moment is not None
    assert moment.day == day


@pytest.mark.parametrize(
    ("birth", "today", "age"),
    [
        (date(2000, 2, 29), date(2023, 2, 28), 22),
        (date(2000, 2, 29), date(2023, 3, 1), 23),
        (date(2000, 2, 29), date(2024, 2, 29), 24),
    ],
)
def test_a_birthday_on_a_leap_day_comes_a_day_later(birth: date, today: date, age: int) -> None:
    assert whole_years(birth, today) == age
