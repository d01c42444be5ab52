"""What to tell the person: what safety rules say, then what is taught, the most useful first."""

from collections.abc import Iterator, Sequence

from cds.model.care import Lesson, TeachingOrder
from cds.model.effect import Advise
from cds.stages.advice import statements
from cds.stages.outcome import Outcome

STAGE = "prescription"
_KINDS = ("red_flag", "education", "precaution")


def lessons(
    applied: Sequence[Outcome], order: TeachingOrder, *, planned: bool
) -> tuple[Lesson, ...]:
    """Every sentence once; what is taught goes with a plan, for it would invite to train."""
    advising = [outcome for outcome in applied if Advise in outcome.holding]
    safety = [outcome for outcome in advising if outcome.rule.stage != STAGE]
    said = [entry for kind in _KINDS for entry in statements(safety, kind)]
    told = [Lesson(entry.message, entry.because) for entry in said]
    return (*told, *(_taught(advising, order) if planned else ()))


def _taught(advising: Sequence[Outcome], order: TeachingOrder) -> Iterator[Lesson]:
    taught = [outcome for outcome in advising if outcome.rule.stage == STAGE]
    taught.sort(key=lambda outcome: order.rules.index(outcome.rule.id))
    for place, entry in enumerate(statements(taught, "education")):
        yield Lesson(entry.message, entry.because, place >= order.shown)
