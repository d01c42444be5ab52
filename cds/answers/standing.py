"""The tests that stand in the way, traced from flags and findings to what was told."""

from collections.abc import Iterator

from cds.answers.view import View
from cds.engine.evaluator import truth_of
from cds.engine.helping import helping_tests
from cds.model.condition import Leaf, Test, Truth
from cds.model.question import Standing
from cds.stages.contraindications import covers_all

_OTHER = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}
_FINDINGS = {"contraindication.absolute": "absolute", "contraindication.hold_today": "hold_today"}
_STATES = {Test.PRESENT: True, Test.ABSENT: False}


def standing_tests(view: View, rule: str, wanted: Truth | None) -> tuple[Standing, ...]:
    """What would have to change before the rule could have the wanted truth, in written order.

    The rule does not get the wanted truth while these tests keep theirs.
    """
    return tuple(dict.fromkeys(_of_rule(view, rule, wanted, frozenset())))


def screening_tests(view: View) -> tuple[Standing, ...]:
    """The tests of every row of the screening algorithm that holds or is still possible."""
    return tuple(dict.fromkeys(_of_screening(view, frozenset())))


def flag_tests(view: View, fact: str) -> tuple[Standing, ...]:
    """What would have to change before the flag is present."""
    leaf = Leaf(fact, Test.PRESENT)
    truth = truth_of(leaf)(view.hearing.case)
    return tuple(dict.fromkeys(_of_leaf(view, Standing(leaf, truth, Truth.TRUE), frozenset())))


def _of_rule(
    view: View, rule: str, wanted: Truth | None, seen: frozenset[str]
) -> Iterator[Standing]:
    if rule in seen:
        return
    for found in helping_tests(view.world.tree(rule, view.hearing.case), wanted):
        test = Standing(found.leaf, found.truth, wanted, rule)
        yield from _of_leaf(view, test, seen | {rule})


def _of_leaf(view: View, test: Standing, seen: frozenset[str]) -> Iterator[Standing]:
    leaf = test.leaf
    if leaf.fact.startswith("screening."):
        yield from _of_screening(view, seen)
        return
    if leaf.fact in _FINDINGS:
        yield from _of_findings(view, _FINDINGS[leaf.fact], seen)
        return
    definer = view.world.definers.get(leaf.fact)
    fact = view.hearing.case.get(leaf.fact)
    if definer is not None and fact.source in (None, definer):
        yield from _of_rule(view, definer, _inside(leaf, test.wanted), seen)
        if not view.world.service.knowledge.vocabulary[leaf.fact].submittable:
            return
    yield test


def _inside(leaf: Leaf, wanted: Truth | None) -> Truth | None:
    """The truth that the defining rule would need, for the test of its flag."""
    if wanted is None or leaf.test not in _STATES:
        return None
    return wanted if _STATES[leaf.test] else _OTHER[wanted]


def _of_screening(view: View, seen: frozenset[str]) -> Iterator[Standing]:
    truths = view.truths
    for rule in view.decision.screening.because:
        holds = truths.get(rule) is Truth.TRUE
        yield from _of_rule(view, rule, Truth.FALSE if holds else None, seen)


def _of_findings(view: View, kind: str, seen: frozenset[str]) -> Iterator[Standing]:
    for finding in view.decision.contraindications:
        if finding.kind == kind and covers_all(finding):
            yield from _of_rule(view, finding.id, Truth.FALSE, seen)
