"""What would be decided with other facts, and what it would take to reach a goal."""

from collections.abc import Mapping, Sequence

from cds.answers.difference import difference
from cds.answers.goal import Reached, reach, verdict
from cds.answers.supposing import suppose
from cds.answers.view import View, look
from cds.answers.why_not import tell_barrier
from cds.errors import IntakeError, Refusal
from cds.knowledge.contradictions import contradictions_in
from cds.model.decision import as_json
from cds.model.intake import Intake, SubmittedFact
from cds.model.question import GoalAnswer, Target, WhatIf


def what_if(view: View, facts: Sequence[SubmittedFact], reviewed: Mapping[str, bool]) -> WhatIf:
    """The decision with these facts in place of the recorded ones, compared with that one.

    Raises: IntakeError when the facts contradict the record; EngineError.
    """
    changed = suppose(view.intake, facts, reviewed)
    _refuse_contradictions(view, changed)
    other = look(view.world, changed, view.decision.evaluation_date).decision
    return WhatIf(
        facts=tuple(sorted({*reviewed, *(fact.name for fact in facts)})),
        disposition=other.disposition.value,
        summary=other.summary,
        difference=difference(as_json(view.decision), as_json(other)),
        caution=view.world.service.knowledge.messages["what_if.caution"],
    )


def what_it_takes(view: View, goal: Target) -> GoalAnswer:
    """The smallest set of changes that reaches the goal, or why there is none.

    Raises: EngineError when the two evaluators disagree.
    """
    found = reach(view, goal)
    if isinstance(found, Reached):
        return _reached(view, goal, found)
    return GoalAnswer(
        goal=goal,
        reached=False,
        reason=found.reason,
        summary=_say(view, f"goal.{found.reason}", goal),
        changes=(),
        verdict=verdict(view, goal),
        difference=None,
        in_the_way=tuple(tell_barrier(view, barrier) for barrier in found.barriers),
        assumptions=(),
        caution=_say(view, "goal.caution", goal),
        tried=found.tried,
    )


def _refuse_contradictions(view: View, changed: Intake) -> None:
    rows = view.world.contradictions
    before = {found.detail for found in contradictions_in(view.intake, rows)}
    found = [f for f in contradictions_in(changed, rows) if f.detail not in before]
    if found:
        detail = found[0].detail.partition(" Both cannot be")[0]
        raise IntakeError([Refusal("/facts", f"{detail} With these facts the record says both.")])


def _reached(view: View, goal: Target, found: Reached) -> GoalAnswer:
    other = found.view.decision
    return GoalAnswer(
        goal=goal,
        reached=True,
        reason=None,
        summary=_say(view, "goal.reached" if found.steps else "goal.already", goal),
        changes=found.steps,
        verdict=verdict(found.view, goal),
        difference=difference(as_json(view.decision), as_json(other)),
        in_the_way=(),
        assumptions=other.assumptions,
        caution=_say(view, "goal.caution", goal),
        tried=found.tried,
    )


def _say(view: View, key: str, goal: Target) -> str:
    knowledge = view.world.service.knowledge
    changes = knowledge.changes.most_changes
    return knowledge.messages[key].format(name=goal.name, changes=changes)
