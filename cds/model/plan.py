"""The plan: phases, components, exercises and what is left out, as the contract names them."""

from msgspec import Struct

from cds.model.avoided import AvoidedKind, AvoidedMovement, AvoidedOfComponent
from cds.model.intensity import LimitedBy
from cds.model.profile_text import Change

Pair = tuple[float, float]


class Preferences(Struct, frozen=True):
    """What the person likes and has, and kinds of exercise asked about; None: nobody said."""

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    equipment: tuple[str, ...] | None = None
    setting: str | None = None
    days: float | None = None
    asked: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every wish in words."""
        return (*self.likes, *self.asked)


class ComponentIntensity(Struct, frozen=True):
    """How hard one component is; None where the measure does not apply, `guide` then says it."""

    category: str | None = None
    hrr_percent: Pair | None = None
    hr_bpm: Pair | None = None
    hr_ceiling_bpm: float | None = None
    rpe_6_20: Pair | None = None
    rpe_0_10: Pair | None = None
    mets_at_most: float | None = None
    talk_test: str | None = None
    percent_1rm: Pair | None = None
    guide: str | None = None


class Volume(Struct, frozen=True):
    """Weekly totals; each is the product of its parts, lower with lower and upper with upper.

    Units: minutes in min, goal in min/wk, the others are counts.
    """

    minutes_per_week: Pair | None = None
    minutes_per_week_with_warm_up: Pair | None = None
    goal_minutes_per_week: Pair | None = None
    goal_reachable: bool | None = None
    sets: Pair | None = None
    repetitions: Pair | None = None
    sets_per_session: Pair | None = None
    sets_per_week: Pair | None = None
    impacts_per_session: float | None = None
    intervals: float | None = None


class Exercise(Struct, frozen=True):
    """One chosen movement, why, how much, what is easier and harder, and what could replace it."""

    id: str
    name: str
    modality: str
    pattern: str
    reason: str
    dose: str
    regression: str | None
    progression: str | None
    alternatives: tuple[str, ...]
    cautions: tuple[str, ...] = ()


class EmptyPattern(Struct, frozen=True):
    """A needed pattern without any safe option; `by` says what took them all away."""

    pattern: str
    message: str
    by: tuple[str, ...]


class Omission(Struct, frozen=True):
    """A component or a pattern that was considered and is not in the plan.

    `kind`: closed (a rule), excluded (a profile), not_eligible, no_place, no_option, not_asked,
    session_full.
    """

    what: str
    kind: str
    message: str
    by: tuple[str, ...]


class Reason(Struct, frozen=True):
    """Why one part of a component is as it is: in words, and which profiles or rules say so."""

    part: str
    message: str
    by: tuple[str, ...]


class Component(Struct, frozen=True):
    """One modality of the plan. Units: frequency in d/wk, time_min in min per session."""

    modality: str
    priority: int
    frequency: Pair
    intensity: ComponentIntensity
    time_min: Pair | None
    type: str
    volume: Volume
    progression: str
    warm_up_min: Pair | None = None
    cool_down_min: Pair | None = None
    session_min: Pair | None = None
    exercises: tuple[Exercise, ...] = ()
    avoided: tuple[AvoidedOfComponent, ...] = ()
    blocked_regions: tuple[LimitedBy, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Totals(Struct, frozen=True):
    """What a session and a week hold, each the sum of the components that have a number.

    Intervals take the place of aerobic sessions, so they add nothing. Units: minutes in min,
    training_days in d/wk, the others are counts. `training_days`: at least those of the most
    frequent component, as parts may share a day; at most all apart, and never above 7.
    """

    exercises: int
    exercises_at_most: int
    sets_per_session: Pair
    sets_per_week: Pair
    minutes_per_session: Pair
    minutes_per_week: Pair
    sessions_per_week: Pair
    training_days: Pair


class Flag(Struct, frozen=True):
    """A compromise that a clinician should see, in words; `route` is what remains instead."""

    kind: str
    attribute: str
    message: str
    by: tuple[str, ...]
    route: str | None = None


class Resolution(Struct, frozen=True):
    """Two wishes of this case that pull apart, between whom, and how that was settled."""

    id: str
    conflict: str
    resolution: str
    between: tuple[str, ...]
    mark: str


class PlanEvidence(Struct, frozen=True):
    """One source of one profile: citation, locator, and how well its figures were checked."""

    profile: str
    citation: str
    locator: str
    mark: str
    grade: str | None = None


class Sentence(Struct, frozen=True):
    """What profiles say, how well it was checked, and the page where one was read."""

    profiles: tuple[str, ...]
    text: str
    mark: str
    citation: str | None


class KindAdvice(Struct, frozen=True):
    """Whether a kind (hiit, aquatic, mind_body) suits a profile: yes, conditional or no."""

    kind: str
    profile: str
    suitable: str
    text: str
    mark: str
    citation: str | None


class PlannedParticular(Struct, frozen=True):
    """What is particular about the programme of one profile; figures in `unit`."""

    profile: str
    attribute: str
    text: str
    low: float | None
    high: float | None
    unit: str | None
    mark: str
    citation: str | None


class NextStage(Struct, frozen=True):
    """What opens the next stage: its first week, the milestone, and whether the surgeon agrees.

    `waits_for` names what of these is not known to be met: weeks, milestone, surgeon.
    """

    name: str
    from_week: float
    milestone: str
    milestone_mark: str
    surgeon: bool
    waits_for: tuple[str, ...]


class PlannedStage(Struct, frozen=True):
    """The stage of healing that holds, with its number from 1; `weeks` since the event."""

    profile: str
    id: str
    name: str
    number: int
    weeks: float | None
    allowed: tuple[str, ...]
    not_yet: tuple[str, ...]
    following: NextStage | None
    mark: str
    citation: str | None


class PlannedPain(Struct, frozen=True):
    """The pain during exercise that is accepted, from 0 to 10, and the profiles that say so."""

    value: float
    message: str
    profiles: tuple[str, ...]
    mark: str
    citation: str | None


class PlannedMeasure(Struct, frozen=True):
    """How to measure progress; `change` in its unit, `fact` holds the measured value."""

    profiles: tuple[str, ...]
    name: str
    important_change: str | None
    change: Change | None
    fact: str | None
    mark: str
    citation: str | None


class Plan(Struct, frozen=True):
    """The whole plan, by priority."""

    phase: str
    profiles: tuple[str, ...]
    components: tuple[Component, ...]
    omitted: tuple[Omission, ...]
    totals: Totals
    avoided: tuple[AvoidedMovement, ...]
    avoid_tags: tuple[AvoidedKind, ...]
    no_safe_option: tuple[EmptyPattern, ...]
    flags: tuple[Flag, ...]
    resolutions: tuple[Resolution, ...]
    limited_by: tuple[LimitedBy, ...]
    hiit: str
    supervision_level: int
    focus: tuple[Sentence, ...]
    first_dose: tuple[Sentence, ...]
    progression: tuple[Sentence, ...]
    particulars: tuple[PlannedParticular, ...]
    stages: tuple[PlannedStage, ...]
    to_avoid: tuple[Sentence, ...]
    kinds: tuple[KindAdvice, ...]
    pain_ceiling: PlannedPain | None
    monitoring: tuple[Sentence, ...]
    education: tuple[Sentence, ...]
    outcome_measures: tuple[PlannedMeasure, ...]
    disagreements: tuple[Sentence, ...]
    certainty: tuple[Sentence, ...]
    evidence: tuple[PlanEvidence, ...]
    clinical_sign_off: str = "pending"
