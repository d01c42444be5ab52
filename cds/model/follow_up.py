"""The answer to one check-in, and the order in which the progression table is read."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from cds.model.answer import KnowledgeVersion, LeftOut
from cds.model.decision import Contraindication, Explanation, Missing, Referral, Statement
from cds.model.intake import Unmapped

Pair = tuple[float, float]


class ProgressionOrder(Struct, frozen=True):
    """The rules of the progression table, first match first.

    `when_open` answers while a more cautious row cannot be ruled out, `otherwise` when none
    holds. Facts, or groups of them, `asked_anew` are not taken over from an earlier decision.
    """

    rules: tuple[str, ...]
    when_open: str
    otherwise: str
    asked_anew: frozenset[str]


class MatchedRow(Struct, frozen=True):
    """One row that holds: its id in the table, the rule that carries it, and what it does."""

    row: str | None
    rule: str
    action: str
    direction: str


class DoseStep(Struct, frozen=True):
    """By how much one part of the dose changes."""

    attribute: str
    change: Pair
    unit: str


class PlannedDose(Struct, frozen=True):
    """One number of the plan before and after.

    `at_upper_bound` says that the plan allows no more, so its upper end holds.
    """

    modality: str
    attribute: str
    unit: str
    before: Pair
    after: Pair
    at_upper_bound: bool = False


class NextDose(Struct, frozen=True):
    """The next dose: the most cautious that any row asks for, and which one it is.

    `exercise` is false when nothing is done until something is cleared up; `plan` holds the
    numbers of the decision that was named, none without one.
    """

    direction: str
    action: str
    set_by: MatchedRow
    exercise: bool
    message: str
    changes: tuple[DoseStep, ...]
    plan: tuple[PlannedDose, ...]


class Rescreen(Struct, frozen=True):
    """Whether to screen again before the next dose, why, and what would call for it."""

    due: bool
    reasons: tuple[Statement, ...]
    triggers: tuple[str, ...]


class FollowUp(Struct, frozen=True):
    """One explained check-in, before it is stored."""

    evaluation_date: date
    subject: Mapping[str, str | None]
    decision: str | None
    row: str | None
    action: str
    direction: str
    rule: str
    summary: str
    notice: str
    dose: NextDose
    contraindications: tuple[Contraindication, ...]
    also_matched: tuple[MatchedRow, ...]
    rescreen: Rescreen
    referrals: tuple[Referral, ...]
    education: tuple[Statement, ...]
    missing: tuple[Missing, ...]
    unmapped: tuple[Unmapped, ...]
    stale: tuple[LeftOut, ...]
    rejected_facts: tuple[LeftOut, ...]
    explanations: tuple[Explanation, ...]
    knowledge: KnowledgeVersion
