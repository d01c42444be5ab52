"""Rounding for display: inward, so that a shown range never exceeds the exact one."""

import math

_NOISE_DIGITS = 6  # far below any measuring accuracy, far above binary rounding noise


def clean(value: float) -> float:
    """The number without the noise of binary arithmetic.

    >>> clean(102.00000000000001)
    102.0
    """
    return round(value, _NOISE_DIGITS) + 0.0


def round_up(value: float) -> int:
    """The smallest whole number that is not below the value, for a lower bound.

    >>> round_up(91.2), round_up(102.00000000000001)
    (92, 102)
    """
    return math.ceil(clean(value))


def round_down(value: float) -> int:
    """The largest whole number that is not above the value, for an upper bound.

    >>> round_down(130.8), round_down(117.99999999999999)
    (130, 118)
    """
    return math.floor(clean(value))


def round_inward(low: float, high: float) -> tuple[int, int] | None:
    """The whole numbers inside the range, or None when there is none.

    >>> round_inward(91.6, 107.8)
    (92, 107)
    >>> round_inward(123.8, 123.8) is None
    True
    """
    lower, upper = round_up(low), round_down(high)
    return (lower, upper) if lower <= upper else None
