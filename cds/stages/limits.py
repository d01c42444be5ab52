"""Every limit that a rule sets, resolved to a number for this case; limits only narrow."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds.model.case import Case
from cds.model.effect import Bound, HeartRateMethod, HeartRateZone, Limit
from cds.stages.outcome import Outcome, effects_of

METHODS = ("unrestricted", "measured_only", "rpe_only")


class SetLimit(Struct, frozen=True):
    """One limit with the rule that set it; `value` None: the fact it starts from is unknown."""

    attribute: str
    value: float | None
    code: str | None
    by: str
    fact: str | None
    message: str


class SetMethod(Struct, frozen=True):
    """The heart-rate method that remains, the rules that left no other, and what each says."""

    method: str
    by: tuple[str, ...]
    messages: tuple[str, ...]


class SetZone(Struct, frozen=True):
    """A heart-rate zone that needs no maximum, resolved for this case."""

    lower: float
    upper: float
    by: str
    message: str


def limits(case: Case, outcomes: Iterable[Outcome]) -> tuple[SetLimit, ...]:
    """Every limit that holds, in the order of the rules."""
    return tuple([_set(case, outcome, effect) for outcome, effect in effects_of(outcomes, Limit)])


def heart_rate_method(outcomes: Iterable[Outcome]) -> SetMethod:
    """The most restrictive method that any rule leaves."""
    held = [(o.rule.id, e.method, e.message) for o, e in effects_of(outcomes, HeartRateMethod)]
    if not held:
        return SetMethod(METHODS[0], (), ())
    strictest = max((method for _, method, _ in held), key=METHODS.index)
    deciding = [(by, message) for by, method, message in held if method == strictest]
    rules, messages = tuple([by for by, _ in deciding]), tuple([said for _, said in deciding])
    return SetMethod(strictest, rules, messages)


def heart_rate_zones(case: Case, outcomes: Iterable[Outcome]) -> Iterator[SetZone]:
    """Zones that start from the resting heart rate instead of a maximum."""
    for outcome, effect in effects_of(outcomes, HeartRateZone):
        lower, upper = resolve(case, effect.lower), resolve(case, effect.upper)
        if lower is not None and upper is not None:
            yield SetZone(lower, upper, outcome.rule.id, effect.message)


def resolve(case: Case, bound: Bound) -> float | None:
    """The bound as a number in the attribute's unit, or None when its fact is unknown."""
    if bound.fact is None:
        return bound.value
    known = case.number(bound.fact)
    return None if known is None else known * bound.times + bound.plus


def _set(case: Case, outcome: Outcome, effect: Limit) -> SetLimit:
    bound = effect.at_most or effect.at_least
    value = None if bound is None else resolve(case, bound)
    fact = None if bound is None else bound.fact
    return SetLimit(
        effect.attribute, value, effect.code, outcome.rule.id, fact, effect.message or ""
    )
