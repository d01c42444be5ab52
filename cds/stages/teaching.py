"""What to tell the person: what safety rules say, then what is taught, the most useful first."""

from collections.abc import Iterable, Iterator

from cds.model.care import Lesson, TeachingOrder
from cds.stages.advice import Advice, sentences
from cds.stages.outcome import Outcome, effects_of

STAGE = "prescription"
_KINDS = ("red_flag", "education", "precaution")


def lessons(
    applied: Iterable[Outcome], order: TeachingOrder, *, planned: bool
) -> tuple[Lesson, ...]:
    """Every sentence once; what is taught goes with a plan, for it would invite to train."""
    advice = {kind: effects_of(applied, kind) for kind in _KINDS}
    safety = [[one for one in said if one[0].rule.stage != STAGE] for said in advice.values()]
    told = [Lesson(one.message, one.because) for said in safety for one in sentences(said)]
    return (*told, *(_taught(advice["education"], order) if planned else ()))


def _taught(advice: Iterable[Advice], order: TeachingOrder) -> Iterator[Lesson]:
    taught = [one for one in advice if one[0].rule.stage == STAGE]
    taught.sort(key=lambda one: order.rules.index(one[0].rule.id))
    for place, entry in enumerate(sentences(taught)):
        yield Lesson(entry.message, entry.because, place >= order.shown)
