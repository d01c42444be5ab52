"""Single changes that could turn a test: the value just past its limit, or an answer.

A known fact changes only as `knowledge/changes.yaml` allows. An unknown one is asked for, but no
sign or disease is supposed to be present for the sake of a goal.
"""

import math
from collections.abc import Iterable, Iterator

from cds.answers.view import View
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.case import Case
from cds.model.change import By
from cds.model.condition import CODE_TESTS, NUMERIC_TESTS, Leaf, Test, Truth, leaves
from cds.model.question import Barrier, Standing, Step

REVIEWS = ("conditions_reviewed", "medications_reviewed")
_LISTS = {"condition": REVIEWS[0], "procedure": REVIEWS[0], "medication": REVIEWS[1]}
Value = float | bool | str
_KNOWING = (Test.KNOWN, Test.UNKNOWN)


def levers(view: View, barrier: Barrier, origin: Case) -> tuple[Step, ...]:
    """Every single change that could help against the barrier; `origin` is the case as recorded."""
    found: dict[tuple[str, Value], Step] = {}
    for test in barrier.tests:
        for step in _of_test(view, test, origin):
            known = found.get((step.fact, step.to))
            if known is None or known.threshold is None:
                found[step.fact, step.to] = step
    return tuple(found.values())


def is_open(view: View, barrier: Barrier) -> bool:
    """Whether the answer to a question could help, and no single answer can be tried out."""
    vocabulary = view.world.service.knowledge.vocabulary
    return any(
        not _is_never_supposed(view, test)
        and test.leaf.value is None
        and vocabulary[test.leaf.fact].type is FactType.NUMBER
        and view.hearing.case.get(test.leaf.fact).value is None
        for test in barrier.tests
    )


def _of_test(view: View, test: Standing, origin: Case) -> Iterator[Step]:
    vocabulary, fact = view.world.service.knowledge.vocabulary, test.leaf.fact
    review = _LISTS.get(fact.partition(".")[0]) if "." in fact else fact
    if review in REVIEWS:
        known = view.hearing.case.get(fact).value
        reviewed = view.hearing.case.flag(review) is True
        if not reviewed and (known is None or fact in REVIEWS):
            yield _step(view, vocabulary[review], True, By.ASKING, None)
        return
    definition = vocabulary[fact]
    if "." in fact or not definition.submittable:
        return
    before, now = origin.get(fact).value, view.hearing.case.get(fact).value
    if now is not None and test.leaf.test in _KNOWING:
        return  # what is known cannot become unknown
    changes = view.world.service.knowledge.changes
    if before is None and _is_never_supposed(view, test):
        return
    change = changes.facts.get(fact)
    for value in _values(test, definition, _same_fact(view, test)):
        if not _plausible(definition, value) or value == now:
            continue
        if before is None and changes.may_suppose(fact, value, next(iter(definition.values), None)):
            yield _step(view, definition, value, By.ASKING, test.leaf)
        elif before is not None and change is not None and change.allows(before, value):
            yield _step(view, definition, value, change.by, test.leaf, before)


def _is_never_supposed(view: View, test: Standing) -> bool:
    """Whether the rule of the test tells of something that no answer is tried for."""
    service = view.world.service
    defines = service.rules.rules[test.rule].defines if test.rule else ()
    return not service.knowledge.changes.never_supposed.isdisjoint(defines)


def _same_fact(view: View, test: Standing) -> list[Leaf]:
    """What else the rule asks of the fact than whether it is known."""
    if test.rule is None:
        return []
    when = view.world.service.rules.rules[test.rule].when
    return [x for x in leaves(when) if x.fact == test.leaf.fact and x.test not in _KNOWING]


def _values(test: Standing, definition: FactDefinition, beside: list[Leaf]) -> Iterable[Value]:
    """The values to try: for a test that only asks whether it is known, those of its neighbours."""
    if test.leaf.test not in _KNOWING:
        return dict.fromkeys(_turning(test.leaf, test.wanted, definition))
    found = (value for near in beside for value in _turning(near, test.wanted, definition))
    return dict.fromkeys(found) if beside else _any_of(definition)


def _any_of(definition: FactDefinition) -> tuple[Value, ...]:
    return (False, True) if definition.type is FactType.FLAG else definition.values


def _turning(leaf: Leaf, wanted: Truth | None, definition: FactDefinition) -> tuple[Value, ...]:
    """The nearest values that make the test true, false, or either."""
    if leaf.test in NUMERIC_TESTS:
        true, false = _around(leaf, definition.step)
        sides: dict[Truth, tuple[Value, ...]] = {Truth.TRUE: (true,), Truth.FALSE: (false,)}
    elif leaf.test in CODE_TESTS:
        named = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        codes = [code for code in definition.values if code in named]
        others = [code for code in definition.values if code not in named]
        sides = {Truth.TRUE: tuple(codes), Truth.FALSE: tuple(others)}
    elif leaf.test in (Test.PRESENT, Test.ABSENT) and definition.type is FactType.FLAG:
        present = leaf.test is Test.PRESENT
        sides = {Truth.TRUE: (present,), Truth.FALSE: (not present,)}
    else:
        return ()
    return sides[wanted] if wanted in sides else (*sides[Truth.FALSE], *sides[Truth.TRUE])


def _around(leaf: Leaf, step: float) -> tuple[float, float]:
    """The value nearest to the threshold that makes the test true, and the one that does not.

    Both are such as are measured: 13.8 and 13.9 mmol/L around the threshold of 250 mg/dL.
    """
    assert isinstance(leaf.value, (int, float))
    steps = round(float(leaf.value) / step, 6)
    up, down = math.ceil(steps), math.floor(steps)
    true, false = {
        Test.AT_LEAST: (up, up - 1),
        Test.GREATER_THAN: (down + 1, down),
        Test.LESS_THAN: (up - 1, up),
        Test.AT_MOST: (down, down + 1),
    }[leaf.test]
    return round(true * step, 6), round(false * step, 6)


def _plausible(definition: FactDefinition, value: Value) -> bool:
    number = definition.type is FactType.NUMBER
    return not number or (not isinstance(value, str) and definition.is_plausible(float(value)))


def _step(
    view: View,
    definition: FactDefinition,
    value: Value,
    by: By,
    leaf: Leaf | None,
    before: Value | None = None,
) -> Step:
    service = view.world.service
    threshold = service.compare(leaf, Truth.TRUE).threshold if leaf else None
    remedy = service.knowledge.messages[f"change.{by.value}"].format(question=definition.question)
    return Step(
        definition.name, definition.label, before, value, definition.unit, by, threshold, remedy
    )
