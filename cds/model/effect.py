"""What a rule does when it fires: a closed list of effects, each a frozen struct.

Every effect only narrows, asks, or informs; none can loosen what another one set. Which
effects a stage accepts is listed in `cds/rules/language.py`.
"""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """How binding a contraindication is."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    HOLD_TODAY = "hold_today"
    PRECAUTION = "precaution"


class ScopeType(StrEnum):
    """What a contraindication covers."""

    ALL = "all"
    TEST = "test"
    MODALITY = "modality"
    MOVEMENT = "movement"
    INTENSITY = "intensity"
    SETTING = "setting"


class Severity(StrEnum):
    """Worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    INFO = "info"


class Action(StrEnum):
    """What the clinician does about it."""

    AVOID = "avoid"
    HOLD_TODAY = "hold_today"
    STOP = "stop"
    REFER = "refer"
    MODIFY = "modify"
    CAUTION = "caution"


class Urgency(StrEnum):
    """How soon."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Direction(StrEnum):
    """What a check-in does to the dose; the most cautious first."""

    STOP_REFER = "stop_refer"
    SAFETY_PATHWAY = "safety_pathway"
    NO_TRAINING = "no_training"
    DELAY = "delay"
    RESTART = "restart"
    REGRESS = "regress"
    HOLD = "hold"
    REPLACE = "replace"
    PROGRESS = "progress"


class Scope(Struct, frozen=True):
    """What is covered; `code` is empty for `all` and `test`."""

    type: ScopeType
    code: str = ""


class Contraindicate(Struct, frozen=True):
    """Exercise, or one kind of it, is contraindicated, held, or wants care."""

    kind: Kind
    scope: Scope
    severity: Severity
    action: Action
    message: str
    urgency: Urgency | None = None
    alternatives: tuple[str, ...] = ()
    reopens: str | None = None
    decided_by: str | None = None


class Avoid(Struct, frozen=True):
    """Movements that carry one of these avoid tags are left out; `alternatives` stay allowed."""

    tags: tuple[str, ...]
    severity: Severity
    message: str
    alternatives: tuple[str, ...]


class Bound(Struct, frozen=True):
    """A number in the attribute's unit, or `times` a fact of that unit plus `plus` (or minus)."""

    value: float | None = None
    fact: str | None = None
    plus: float = 0.0
    times: float = 1.0


class Limit(Struct, frozen=True):
    """An upper bound (`at_most`) or, for supervision only, a lower one (`at_least`).

    Attributes: hr_bpm, hrr_percent, hr_max_percent, rpe_6_20, mets, percent_1rm,
    sbp_exercise, category (code), impact (code), supervision_level (at least).
    """

    attribute: str
    at_most: Bound | None = None
    at_least: Bound | None = None
    code: str | None = None
    unit: str | None = None
    message: str | None = None


class HeartRateMethod(Struct, frozen=True):
    """Which heart-rate methods remain: `measured_only` (a test on today's drugs) or `rpe_only`."""

    method: str
    message: str


class HeartRateZone(Struct, frozen=True):
    """A heart-rate zone that needs no maximum: from one bound to another, in /min."""

    lower: Bound
    upper: Bound
    message: str


class Clearance(Struct, frozen=True):
    """One row of the ACSM algorithm."""

    clearance: str
    start_intensity: str
    progression: str
    message: str


class Refer(Struct, frozen=True):
    """Whom to involve, how soon and why; `meanwhile` says what exercise may go on.

    `within` is `today` or a time such as `2 weeks`; None where the reference gives none.
    """

    to: str
    urgency: Urgency
    reason: str
    meanwhile: str | None = None
    within: str | None = None


class Advise(Struct, frozen=True):
    """A sentence of one kind: education, monitoring, stop_criterion, precaution or red_flag."""

    kind: str
    message: str


class Hiit(Struct, frozen=True):
    """What HIIT needs: a `prerequisite` is true, an `exclusion` is not, a `clearance` is due."""

    role: str
    message: str
    remedy: str | None = None


class Define(Struct, frozen=True):
    """The rule's own truth becomes this flag: true present, false absent, unknown unknown."""

    fact: str


class Conflict(Struct, frozen=True):
    """Guidelines disagree here: who says what, which was taken, and the policy that switches it."""

    attribute: str
    sources: tuple[str, ...]
    resolution: str
    policy: str | None = None


class Setting(Struct, frozen=True):
    """While the rule holds, one `item` of a check stands in the way in these settings.

    `kind` hard: the `element` of the plan (all, standing, balance, monitoring) is not done there;
    soft: one point fewer for doing it at a distance; care: it is done there, but only so.
    `criterion` is what has to be true, `message` what is the case instead, `otherwise` what to
    do.
    """

    item: str
    kind: str
    settings: tuple[str, ...]
    element: str
    criterion: str
    message: str
    otherwise: str


class DoseChange(Struct, frozen=True):
    """By how much one part of the dose changes: from `low` to `high`, in `unit`."""

    attribute: str
    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        return f"{self.attribute} {self.low:+g} to {self.high:+g} {self.unit}"


class Progress(Struct, frozen=True):
    """What one row of the progression table does to the dose.

    `action` is the action as the table names it; `rescreen` says what is screened again before
    the next dose.
    """

    direction: Direction
    action: str
    dose: tuple[DoseChange, ...]
    message: str
    rescreen: str | None = None


Effect = (
    Contraindicate
    | Avoid
    | Limit
    | HeartRateMethod
    | HeartRateZone
    | Clearance
    | Refer
    | Advise
    | Hiit
    | Define
    | Conflict
    | Setting
    | Progress
)
