"""What was taken as given: absences of a reviewed list, and unknowns that are not asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from cds.case import REVIEWED
from cds.engine.evaluator import EvaluatedNode, needed_facts
from cds.engine.triggers import Triggers
from cds.model.case import Case
from cds.model.condition import Truth
from cds.model.decision import Assumption
from cds.model.rule import IfUnknown
from cds.stages.outcome import Outcome


def assumptions(
    case: Case,
    outcomes: Iterable[Outcome],
    triggers: Triggers,
    tree: Callable[[str], EvaluatedNode],
    messages: Mapping[str, str],
) -> tuple[Assumption, ...]:
    """Each assumption with the rules that would apply if it were wrong."""
    held = list(outcomes)
    truths = {outcome.rule.id: outcome.truth for outcome in held}
    absent: dict[str, list[str]] = defaultdict(list)
    for trigger in triggers.resting(case, REVIEWED):
        if truths.get(trigger.rule.id) is Truth.FALSE:
            absent[trigger.fact].append(trigger.rule.title)
    unknown: dict[str, list[str]] = defaultdict(list)
    for outcome in held:
        if outcome.truth is Truth.UNKNOWN and outcome.rule.if_unknown is IfUnknown.ASSUME:
            for fact in needed_facts(tree(outcome.rule.id)):
                unknown[fact].append(outcome.rule.title)
    listed = [_assumption(f, "assumption.absent", t, messages) for f, t in absent.items()]
    listed += [
        _assumption(f, "assumption.not_so", t, messages)
        for f, t in unknown.items()
        if f not in absent
    ]
    return tuple(sorted(listed, key=lambda a: a.fact))


def _assumption(fact: str, key: str, titles: list[str], messages: Mapping[str, str]) -> Assumption:
    joined = "; ".join(dict.fromkeys(titles))
    return Assumption(fact, messages[key], messages["assumption.if_wrong"].format(titles=joined))
