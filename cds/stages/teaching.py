"""What to tell the person: what safety rules say, then what is taught, the most useful first."""

from collections.abc import Iterable, Iterator

from cds.model.care import Lesson, TeachingOrder
from cds.model.effect import Advise
from cds.stages.advice import Advice, sentences
from cds.stages.outcome import Outcome, effects_of

STAGE = "prescription"
_KINDS = ("red_flag", "education", "precaution")


def lessons(
    applied: Iterable[Outcome], order: TeachingOrder, *, planned: bool
) -> tuple[Lesson, ...]:
    """Every sentence once; what is taught goes with a plan, for it would invite to train."""
    taught: list[Advice] = []
    safety: dict[str, dict[str, list[str]]] = {kind: {} for kind in _KINDS}
    for outcome, effect in effects_of(applied, Advise):
        if outcome.rule.stage == STAGE:
            taught.append((outcome, effect))
        elif effect.kind in safety:
            safety[effect.kind].setdefault(effect.message, []).append(outcome.rule.id)
    said = [one for by_message in safety.values() for one in by_message.items()]
    told = [Lesson(message, tuple(rules)) for message, rules in said]
    return (*told, *(_taught(taught, order) if planned else ()))


def _taught(taught: list[Advice], order: TeachingOrder) -> Iterator[Lesson]:
    taught.sort(key=lambda one: order.rules.index(one[0].rule.id))
    for place, entry in enumerate(sentences(taught, "education")):
        yield Lesson(entry.message, entry.because, place >= order.shown)
