"""What rules say of the limits that are shown: each sentence once, with the rules that say it."""

from collections.abc import Iterable, Iterator

from cds.model.decision import Statement
from cds.model.intensity import LimitedBy
from cds.stages.advice import each_once
from cds.stages.limits import SetLimit, SetMethod

_OF_EFFORT = frozenset(
    {"category", "hr_bpm", "hr_max_percent", "hrr_percent", "mets", "percent_1rm", "rpe_6_20"}
)


def tell_limits(
    shown: Iterable[LimitedBy], limits: Iterable[SetLimit], method: SetMethod
) -> tuple[Statement, ...]:
    """The sentences of the limits and of the method that set something of what is shown."""
    setters = {by for limit in shown for by in limit.by.split(", ")}
    said = dict.fromkeys(_sentences(limits, method))
    return each_once([(message, by) for message, by in said if by in setters])


def _sentences(limits: Iterable[SetLimit], method: SetMethod) -> Iterator[tuple[str, str]]:
    for limit in limits:
        if limit.message and limit.attribute in _OF_EFFORT:
            yield limit.message, limit.by
    yield from zip(method.messages, method.by, strict=True)
