"""How hard: the ranges that remain under every limit, and who set each end."""

from msgspec import Struct

from cds.model.decision import Statement


class LimitedBy(Struct, frozen=True):
    """One end of one attribute that a rule or profile set."""

    attribute: str
    value: float | str
    by: str


class AerobicIntensity(Struct, frozen=True):
    """Aerobic targets, every one inside every limit; None where nothing may be said.

    `category` is that of the upper end, `category_from` that of the lower one.

    Units: per cent of heart-rate reserve, beats/min (rounded inward), Borg 6-20 and 0-10, METs.
    """

    category: str | None = None
    category_from: str | None = None
    hrr_percent: tuple[float, float] | None = None
    hr_bpm: tuple[int, int] | None = None
    hr_ceiling_bpm: int | None = None
    rpe_6_20: tuple[float, float] | None = None
    rpe_0_10: tuple[float, float] | None = None
    mets: tuple[float, float] | None = None
    talk_test: str | None = None


class ResistanceIntensity(Struct, frozen=True):
    """Resistance targets: per cent of one-repetition maximum, sets, repetitions, breathing."""

    percent_1rm: tuple[float, float] | None
    sets: tuple[float, float] | None
    reps: tuple[float, float] | None
    breathing: str


class Intensity(Struct, frozen=True):
    """The intensity part of the decision; `hr_max` is kept for the HIIT target, not shown.

    `hr_method`: measured, hrr_predicted, rpe_only or none. `missing` names facts that would
    allow more. `no_zone` holds what leaves no safe heart-rate zone, when none is left.
    """

    hr_method: str
    aerobic: AerobicIntensity
    resistance: ResistanceIntensity | None
    limited_by: tuple[LimitedBy, ...]
    notes: tuple[Statement, ...] = ()
    hr_max: float | None = None
    hr_max_source: str | None = None
    missing: tuple[str, ...] = ()
    no_zone: tuple[str, ...] = ()
