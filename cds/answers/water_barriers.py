"""What is against this very water, and the profiles of a person who should not train in any."""

from collections.abc import Iterator

from cds.answers.profile_barriers import profile_barrier
from cds.answers.rule_barriers import fact_barrier
from cds.answers.view import View
from cds.model.condition import Leaf, Test
from cds.model.delivery import Aquatic, Temperature
from cds.model.question import Barrier
from cds.stages.aquatic import WATER

_WARMTH, _DEPTH = "water_temperature", "water_depth"


def water_barriers(view: View) -> Iterator[Barrier]:
    """What the verdict on exercise in water rests on beside rules."""
    water, plan = view.decision.delivery.aquatic, view.decision.plan
    if not isinstance(water, Aquatic) or water.suitable == "yes":
        return
    for advice in plan.kinds if plan else ():
        if advice.kind == WATER and advice.suitable == "no":
            yield profile_barrier(view, advice.profile, advice.text)
    unfit = [reason.message for reason in water.reasons if not reason.because]
    for leaf in _unfit(view, water):
        yield fact_barrier(view, leaf, " ".join(unfit))


def _unfit(view: View, water: Aquatic) -> Iterator[Leaf]:
    """The tests that water of this temperature and depth does not pass."""
    case, order = view.hearing.case, view.world.service.knowledge.delivery.aquatic.order
    warm, deep = case.number(_WARMTH), case.code(_DEPTH)
    if warm is not None and water.temperature is not None:
        yield from _of_warmth(warm, water.temperature)
    shallow = order[: order.index(water.depth.at_most) + 1]
    if deep is not None and deep not in shallow:
        yield Leaf(_DEPTH, Test.ONE_OF, tuple(shallow))


def _of_warmth(warm: float, target: Temperature) -> Iterator[Leaf]:
    if warm > target.high:
        yield Leaf(_WARMTH, Test.AT_MOST, target.high, "Cel")
    elif target.low is not None and warm < target.low:
        yield Leaf(_WARMTH, Test.AT_LEAST, target.low, "Cel")
