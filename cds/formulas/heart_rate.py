"""Heart rate: predicted maximum, targets, chronotropic index, recovery, rate-pressure product."""

from collections.abc import Mapping

from msgspec import Struct

from cds.errors import ImplausibleValueError
from cds.formulas.linear import evaluate_formula
from cds.formulas.rounding import clean
from cds.model.formula import Formula
from cds.model.threshold import Threshold

_PER_CENT = 100.0


class Range(Struct, frozen=True):
    """An exact range, low to high."""

    low: float
    high: float


def predict_maximum(
    formula: Formula, age: float, hr_rest: float = 0.0, cycle: bool = False
) -> float:
    """The predicted maximum heart rate.

    Units: age in years, hr_rest in beats/min; beats/min out.
    Source: the formula's own (FORM-HRMAX-*).
    """
    terms = {
        "age": age,
        "age_squared": age * age,
        "hr_rest": hr_rest,
        "cycle": float(cycle),
    }
    return evaluate_formula(formula, terms)


def target_by_reserve(hr_max: float, hr_rest: float, percent: tuple[float, float]) -> Range:
    """The exact target range by heart-rate reserve.

    Units: beats/min and per cent in, beats/min out.
    Source: karvonen-1957 (FORM-HRR).
    Raises: ImplausibleValueError when the resting rate is not below the maximum.

    >>> target_by_reserve(150, 70, (40, 60))
    Range(low=102.0, high=118.0)
    """
    _check_reserve(hr_max, hr_rest)
    low, high = (clean(hr_rest + p / _PER_CENT * (hr_max - hr_rest)) for p in percent)
    return Range(low, high)


def target_by_maximum(hr_max: float, percent: tuple[float, float]) -> Range:
    """The exact target range by percentage of the maximum.

    Units: beats/min and per cent in, beats/min out.
    Source: acsm-getp-10 (FORM-PHRMAX).

    >>> target_by_maximum(175, (85, 95))
    Range(low=148.75, high=166.25)
    """
    low, high = (clean(p / _PER_CENT * hr_max) for p in percent)
    return Range(low, high)


def percent_of_reserve(heart_rate: float, hr_max: float, hr_rest: float) -> float:
    """Which percentage of the reserve a heart rate is; the inverse of `target_by_reserve`.

    Units: beats/min in, per cent out.
    Source: karvonen-1957 (FORM-HRR).
    Raises: ImplausibleValueError when the resting rate is not below the maximum.

    >>> percent_of_reserve(118, 150, 70)
    60.0
    """
    _check_reserve(hr_max, hr_rest)
    return clean(_PER_CENT * (heart_rate - hr_rest) / (hr_max - hr_rest))


def chronotropic_index(formula: Formula, hr_peak: float, hr_rest: float, age: float) -> float:
    """The share of the predicted reserve that was used.

    Units: beats/min and years in, a ratio out.
    Source: jacc-chronotropic-table (FORM-CI).
    Raises: ImplausibleValueError when the resting rate is not below the predicted maximum.
    """
    predicted = evaluate_formula(formula, {"age": age})
    _check_reserve(predicted, hr_rest)
    return clean((hr_peak - hr_rest) / (predicted - hr_rest))


def is_incompetent(
    index: float, on_beta_blocker: bool | None, thresholds: Mapping[str, Threshold]
) -> bool | None:
    """Whether the index is abnormal; None when that depends on an unknown beta-blocker.

    Source: jacc-chronotropic-table (CARD-CHRONO).
    """
    off = index < thresholds["abnormal_below"].value
    on = index < thresholds["abnormal_below_on_beta_blocker"].value
    return _decide(on_beta_blocker, on, off)


def is_recovery_abnormal(
    fall: float, active_cool_down: bool | None, thresholds: Mapping[str, Threshold]
) -> bool | None:
    """Whether the first-minute recovery is abnormal; None when that depends on the cool-down.

    Units: fall in beats/min.
    Source: jacc-chronotropic-table (CARD-HRR1).
    """
    active = fall <= thresholds["active"].value
    passive = fall <= thresholds["passive"].value
    return _decide(active_cool_down, active, passive)


def rate_pressure_product(heart_rate: float, systolic: float) -> float:
    """Heart rate times systolic pressure.

    Units: beats/min and mm[Hg] in, their product out.
    Source: jacc-chronotropic-table (FORM-RPP).

    >>> rate_pressure_product(120, 150)
    18000
    """
    return heart_rate * systolic


def _decide(known: bool | None, if_true: bool, if_false: bool) -> bool | None:
    if known is None:
        return if_true if if_true == if_false else None
    return if_true if known else if_false


def _check_reserve(hr_max: float, hr_rest: float) -> None:
    if hr_rest >= hr_max:
        raise ImplausibleValueError(
            "The resting heart rate is not below the maximum, so there is no reserve to "
            "prescribe from. Check both."
        )
