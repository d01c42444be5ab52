"""A quantity, an interval, a half-open band, and where a number comes from."""

from msgspec import Struct


class Source(Struct, frozen=True):
    """Where a number comes from: citation key, place in it, mark (V, K or O) and page key."""

    citation: str
    locator: str
    mark: str
    page: str | None = None


class Quantity(Struct, frozen=True):
    """A number with its unit."""

    value: float
    unit: str


class Interval(Struct, frozen=True):
    """A set of numbers; an end that is None is open to infinity."""

    at_least: float | None = None
    greater_than: float | None = None
    at_most: float | None = None
    less_than: float | None = None

    def __contains__(self, value: float) -> bool:
        """Whether every end that is given holds."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.greater_than is None or value > self.greater_than)
            and (self.at_most is None or value <= self.at_most)
            and (self.less_than is None or value < self.less_than)
        )


class Band(Struct, frozen=True):
    """One category from `low` (included) to `high` (excluded)."""

    category: str
    id: str
    low: float | None
    high: float | None

    def __contains__(self, value: float) -> bool:
        """Whether the value lies in the half-open band."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)
