"""What a condition asks of the dose: bounds per phase, and the words around them."""

from msgspec import Struct

from cds.model.profile_text import (
    Marked,
    OutcomeMeasure,
    PainCeiling,
    Particular,
    Stage,
    Suitability,
)

IMPACTS = ("none", "low", "moderate", "high")
HIIT = ("no", "conditional", "yes")


class Range(Struct, frozen=True):
    """Two numbers, lower first, in the unit of their attribute."""

    low: float
    high: float


class Bounds(Struct, frozen=True):
    """One profile in one phase.

    Units: hrr_percent and rt_percent in %, rpe on the Borg 6-20 scale, days and rt_days in
    d/wk, minutes in min per session, weekly in min/wk (None: no goal; low and high 0: quota
    removed), supervision in levels 0 to 3.
    """

    profile: str
    phase: str
    hrr_percent: Range
    rpe_6_20: Range
    days: Range
    minutes: Range
    weekly: Range | None
    rt_days: Range
    rt_percent: Range
    rt_sets: Range
    rt_reps: Range
    impact: str
    hiit: str
    supervision: int
    heart_rate_usable: bool
    avoid_tags: frozenset[str]
    rt_scope: str
    protective: bool

    @property
    def blocks_resistance(self) -> bool:
        """Whether the region of `rt_scope` takes no resistance at all in this phase."""
        return self.rt_days.high == 0


class Cited(Struct, frozen=True):
    """A citation with locator and mark; `grade` in the words of the source, where it has one."""

    citation: str
    locator: str
    mark: str
    grade: str | None = None


class Advice(Struct, frozen=True):
    """Frequency and dose of flexibility or balance work, as texts with a mark."""

    days: Range | None
    dose: str
    mark: str
    citation: str | None = None


class Profile(Struct, frozen=True):
    """What is said about one condition beside its bounds.

    `weight` (1 risk factor, 2 limits function, 3 safety-critical) ranks the modalities when
    profiles are combined. `exercises` (and in the start phase
    `start_exercises`) are tried before the usual ones.
    """

    id: str
    name: str
    weight: int
    priority_modalities: tuple[str, ...]
    focus: Marked | None = None
    avoid: tuple[Marked, ...] = ()
    hiit: Suitability | None = None
    aquatic: Suitability | None = None
    mind_body: Suitability | None = None
    monitoring: tuple[Marked, ...] = ()
    first_dose: Marked | None = None
    progression_step: Marked | None = None
    particulars: tuple[Particular, ...] = ()
    education: tuple[Marked, ...] = ()
    impacts_per_session: float | None = None
    outcome_measures: tuple[OutcomeMeasure, ...] = ()
    flexibility: Advice | None = None
    balance: Advice | None = None
    disagreement: Marked | None = None
    certainty: tuple[Marked, ...] = ()
    pain_ceiling: PainCeiling | None = None
    stages: tuple[Stage, ...] = ()
    exercises: tuple[str, ...] = ()
    start_exercises: tuple[str, ...] = ()
    evidence: tuple[Cited, ...] = ()

    @property
    def staged_tags(self) -> frozenset[str]:
        """The avoid tags that the stages govern instead of the bounds."""
        return frozenset(tag for stage in self.stages for tag in stage.avoid_tags)


class ProfileUse(Struct, frozen=True):
    """A profile that holds for a case and the facts that brought it.

    `role` is `full`, or `ceiling` for the age profile of a person with a condition: then only
    the upper bounds of its target row count (docs/adr/0003-base-profile.md).
    """

    profile: str
    because: tuple[str, ...]
    role: str = "full"


class SoftConflict(Struct, frozen=True):
    """Two wishes that pull apart and how that is settled.

    It holds when one name of each side does: a profile, or a fact that is a flag. With
    `wants_impact` it also has to be true that the first side gets less impact than it wants.
    """

    id: str
    conflict: str
    resolution: str
    sides: tuple[tuple[str, ...], ...]
    wants_impact: bool
    mark: str


class Mapped(Struct, frozen=True):
    """What a condition or procedure brings: a profile, or the reason why there is none.

    `kind` is `profile`, `neutral` or `none`. A dated event older than `within_weeks` no longer
    counts, nor one whose `weeks_fact` says so when it is undated; `later` is the profile that
    follows it. A condition that only follows from one of the named profiles `not_of` brings none.
    """

    kind: str
    value: str
    within_weeks: float | None = None
    weeks_fact: str | None = None
    later: str | None = None
    not_of: tuple[str, ...] = ()


class FactRule(Struct, frozen=True):
    """A fact that brings a profile: a flag, a number beyond a threshold, or one of some codes."""

    profile: str
    fact: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()


class Relief(Struct, frozen=True):
    """`profile` gives way to `to` only when the code fact is known to equal `equals`."""

    profile: str
    to: str
    fact: str
    equals: str


class AgeRule(Struct, frozen=True):
    """Ages (years) from which the two age profiles hold."""

    fact: str
    adult: float
    older: float
    adult_profile: str
    older_profile: str


class Unprofiled(Struct, frozen=True):
    """A condition that matters for exercise but has no profile: no numbers, a referral."""

    condition: str
    reason: str
