"""What "more cautious" means, dimension by dimension, written down once.

Every dimension is a number: the larger, the more cautious. A target or a plan that is not given
is the most cautious of all; a ceiling that is not given is the least.

disposition   proceed < proceed_with_limits < insufficient_data < clearance_first < hold_today
              < do_not_exercise < emergency, as the model lists them
clearance     not_necessary < before vigorous < recommended < discontinue and "cannot say", which
              both permit nothing
hiit          yes < after_clearance < no and "cannot say", which both permit nothing
verdicts      allow < allow_with_limits < block and "cannot say", which both permit nothing
upper ends    of heart rate, reserve, exertion, 1RM, METs and of the category: lower is stricter
hr_bpm        compared where both give one: a zone that is added beside exertion narrows it
avoid         more tags are stricter; compared as sets
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds.model.answer import Decision
from cds.model.decision import Disposition

NEVER = float("inf")
_DISPOSITIONS = tuple(reversed(Disposition))
_CLEARANCES = {
    "not_necessary": 0,
    "recommended_before_vigorous": 1,
    "recommended": 2,
    "discontinue_and_clear": 3,
    "insufficient_data": 3,
}
_HIIT = {"yes": 0, "after_clearance": 1, "insufficient_data": 2, "no": 2}
_VERDICTS = {"allow": 0, "allow_with_limits": 1, "insufficient_data": 2, "block": 2}
_CATEGORIES = ("very_light", "light", "moderate", "vigorous", "near_maximal")
_METHODS = ("measured", "hrr_predicted", "rpe_only", "none")
_PREDICTING = 1


@dataclass(frozen=True)
class Caution:
    """How cautious a decision is, and what it leaves out."""

    levels: Mapping[str, float]
    avoided: frozenset[str]

    def lost_in(self, other: "Caution") -> list[str]:
        """Every dimension in which `other` is less cautious than this, and every tag it lacks."""
        untold = self._untold()
        looser = [
            f"{name}: {level:g} fell to {other.levels[name]:g}"
            for name, level in self.levels.items()
            if other.levels[name] < level and not name.startswith(untold)
        ]
        if other.levels["plan"] == NEVER:
            return looser
        return looser + [
            f"{tag} is no longer avoided" for tag in sorted(self.avoided - other.avoided)
        ]

    def _untold(self) -> tuple[str, ...]:
        """Without a heart-rate target there is none to compare."""
        return ("hr_bpm",) if self.levels["hr_bpm"] == NEVER else ()


def caution_of(decision: Decision) -> Caution:
    """How cautious this decision is."""
    aerobic, resistance = decision.intensity.aerobic, decision.intensity.resistance
    tags = {f.scope.code or "" for f in decision.contraindications if f.scope.type == "movement"}
    levels = {
        "disposition": _DISPOSITIONS.index(decision.disposition),
        "clearance": _CLEARANCES[decision.screening.clearance],
        "vigorous": 0 if decision.screening.vigorous_allowed else 1,
        "hiit": _HIIT[decision.hiit.eligible],
        "plan": NEVER if decision.plan is None else 0,
        "method": max(_PREDICTING, _METHODS.index(decision.intensity.hr_method)),
        "hr_bpm": _strictness(aerobic.hr_bpm),
        "hrr_percent": _strictness(aerobic.hrr_percent),
        "rpe_6_20": _strictness(aerobic.rpe_6_20),
        "rpe_0_10": _strictness(aerobic.rpe_0_10),
        "mets": _strictness(aerobic.mets),
        "percent_1rm": _strictness(resistance.percent_1rm if resistance else None),
        "category": _below(aerobic.category),
        "hr_ceiling": _ceiling(decision),
        "supervision": _supervision(decision),
        **dict(_verdicts(decision)),
    }
    if decision.plan is not None:
        tags |= {tag for movement in decision.plan.avoided for tag in movement.tags}
    return Caution(levels, frozenset(tags))


def _ceiling(decision: Decision) -> float:
    """An emergency leaves no effort that a ceiling could hold."""
    if decision.disposition is Disposition.EMERGENCY:
        return NEVER
    ceiling = decision.intensity.aerobic.hr_ceiling_bpm
    return -NEVER if ceiling is None else -ceiling


def _strictness(pair: tuple[float, float] | None) -> float:
    return NEVER if pair is None else -pair[1]


def _ceiling(decision: Decision) -> float:
    """An emergency has nothing that a ceiling could be for."""
    ceiling = decision.intensity.aerobic.hr_ceiling_bpm
    if decision.disposition is Disposition.EMERGENCY:
        return NEVER
    return -NEVER if ceiling is None else -ceiling


def _below(category: str | None) -> float:
    return NEVER if category is None else -_CATEGORIES.index(category)


def _supervision(decision: Decision) -> float:
    level = decision.delivery.supervision_level
    if decision.plan is None:
        return NEVER
    return 0 if level is None else level


def _verdicts(decision: Decision) -> Iterator[tuple[str, float]]:
    for asked in decision.requested:
        yield f"verdict on {asked.code}", _VERDICTS[asked.verdict]
