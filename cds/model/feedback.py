"""What a person answered to a recommendation, and the closed lists that it is told with."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """What became of the recommendation."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


class Source(StrEnum):
    """Where the feedback was given."""

    API = "api"
    FORM = "form"
    CDS_HOOKS = "cds_hooks"


class TargetType(StrEnum):
    """What is answered to; a finding is named by its rule, of which it has the id."""

    DECISION = "decision"
    RULE = "rule"
    EXERCISE = "exercise"


class Target(Struct, frozen=True):
    """The whole decision, or one rule or exercise of it by its id."""

    type: TargetType = TargetType.DECISION
    id: str | None = None


WHOLE = Target()


class Feedback(Struct, frozen=True):
    """One answer of a person to a decision of id `decision` (32 hexadecimal digits).

    `reason` is a code of `FeedbackTerms.reasons`; it goes with an override only, and may be
    missing there, as CDS Hooks does not ask for it. `suggestions` are the ids of what was taken
    up of a card. `at` is when the person answered, with a time zone; None is the moment it is
    recorded. `user` and `location` are as the client names them.
    """

    decision: str
    outcome: Outcome
    target: Target = WHOLE
    reason: str | None = None
    comment: str | None = None
    user: str | None = None
    location: str | None = None
    at: datetime | None = None
    source: Source = Source.API
    suggestions: tuple[str, ...] = ()


class Watching(Struct, frozen=True):
    """When the firing of a rule asks for a look, and in which words.

    `window`, `least_history` and `never_fired_after` count answers, `expected_missed` firings;
    `drift_p` is the significance of one test.
    """

    window: int
    least_history: int
    drift_p: float
    never_fired_after: int
    expected_missed: float
    warnings: Mapping[str, str]


class FeedbackTerms(Struct, frozen=True):
    """The reasons by code with their words, the code system, and what is said of comments."""

    system: str
    reasons: Mapping[str, str]
    comment_kept: str
    comment_not_kept: str
    clock_tolerance_minutes: int
    watching: Watching
