"""Why something is not allowed: each condition in the way, and what stays allowed."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.answers.barriers import find_barriers
from cds.answers.goal import verdict
from cds.answers.levers import levers
from cds.answers.view import View
from cds.engine.tree import EvaluatedLeaf, EvaluatedNode
from cds.explain.why import meet_all
from cds.model.condition import Truth
from cds.model.decision import Disposition
from cds.model.plan import Plan
from cds.model.question import Allowed, Barrier, InTheWay, Step, Target, WhyNot
from cds.model.rule import Mark
from cds.stages.outcome import STATES

_GOING_ON = (Disposition.PROCEED, Disposition.PROCEED_WITH_LIMITS)
_MARKS = [mark.value for mark in Mark]
_BLOCKED = ("block", "insufficient_data")
_MOST_CONDITIONS = 12


def why_not(view: View, target: Target) -> WhyNot:
    """The answer for a decision that was asked for the target."""
    found, messages = _verdict(view, target), view.world.service.knowledge.messages
    barriers = find_barriers(view, target)
    allowed = _still_allowed(view)
    key = target.type if target.type == "rule" else "thing"
    return WhyNot(
        of=target,
        verdict=found,
        summary=messages[f"why_not.{key}.{found}"].format(name=target.name, count=len(barriers)),
        in_the_way=tuple(tell_barrier(view, barrier) for barrier in barriers),
        would_need=_would_need(view, barriers),
        still_allowed=allowed,
        nothing_allowed=None if allowed else _why_nothing(view),
        tree=_tree_of(view, target.code) if target.type == "rule" else None,
    )


def tell_barrier(view: View, barrier: Barrier) -> InTheWay:
    """The barrier with the values that its tests met."""
    tests = barrier.tests
    compare, case = view.world.service.compare, view.hearing.case
    notes = [compare(test.leaf, test.truth) for test in tests[:_MOST_CONDITIONS]]
    return InTheWay(
        rule=barrier.rule,
        by=barrier.by,
        title=barrier.title,
        message=barrier.message,
        state=barrier.state,
        conditions=meet_all(notes, case),
        more_conditions=max(0, len(tests) - _MOST_CONDITIONS),
        changeable=bool(levers(view, barrier, case)),
        remedy=barrier.remedy,
    )


def _would_need(view: View, barriers: tuple[Barrier, ...]) -> tuple[Step, ...]:
    """Every single change that could help against one of the barriers; none in an emergency."""
    if view.decision.disposition is Disposition.EMERGENCY:
        return ()
    found = (step for b in barriers for step in levers(view, b, view.hearing.case))
    return tuple({(step.fact, step.to): step for step in found}.values())


def _verdict(view: View, target: Target) -> str:
    if target.type != "rule":
        return verdict(view, target)
    return STATES[view.truths.get(target.code, Truth.FALSE)]


def _still_allowed(view: View) -> tuple[Allowed, ...]:
    """What the verdict offers instead, then what the plan holds; nothing before a clearance."""
    if view.decision.disposition not in _GOING_ON or view.decision.plan is None:
        return ()
    blocked = {(r.type, r.code) for r in view.decision.requested if r.verdict in _BLOCKED}
    found = (*_instead(view), *_planned(view, view.decision.plan))
    offered = {(e.type, e.code, e.name): e for e in found if (e.type, e.code) not in blocked}
    return tuple(offered.values())


def _instead(view: View) -> Iterator[Allowed]:
    movements = view.world.service.knowledge.catalogue.movements
    modalities = view.world.service.knowledge.names.modalities
    for asked in view.decision.requested:
        by = (f"{asked.type}:{asked.code}",)
        for code in asked.alternatives:
            if code in movements:
                yield Allowed("exercise", code, movements[code].name, by, None)
            elif code in modalities:
                yield Allowed("modality", code, modalities[code], by, None)
            else:
                yield Allowed("advice", "", code, by, None)


def _planned(view: View, plan: Plan) -> Iterator[Allowed]:
    """Each component of the plan, with the weakest mark that the plan rests on."""
    modalities = view.world.service.knowledge.names.modalities
    mark = max((entry.mark for entry in plan.evidence), key=_MARKS.index, default=None)
    for component in plan.components:
        code = component.modality
        yield Allowed("modality", code, modalities.get(code, code), plan.profiles, mark)


def _why_nothing(view: View) -> str:
    messages = view.world.service.knowledge.messages
    words = messages[f"disposition.{view.decision.disposition.value}"]
    return messages["why_not.nothing_allowed"].format(disposition=words)


def _tree_of(view: View, rule: str) -> Mapping[str, Any]:
    return _branch(view, view.world.tree(rule, view.hearing.case))


def _branch(view: View, node: EvaluatedNode) -> dict[str, Any]:
    if isinstance(node, EvaluatedLeaf):
        compare, case = view.world.service.compare, view.hearing.case
        (condition,) = meet_all((compare(node.leaf, node.truth),), case)
        return {"state": node.truth.value, "condition": condition}
    parts = [_branch(view, child) for child in node.children]
    return {"state": node.truth.value, "group": node.kind, "count": node.count, "parts": parts}
