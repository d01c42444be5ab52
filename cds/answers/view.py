"""One decision as a question looks at it: made anew, with the truth of every rule."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from cds.decide import decide_and_hear
from cds.engine.tree import EvaluatedNode, Explain, compile_tree
from cds.hearing import Hearing
from cds.knowledge.contradictions import Contradiction
from cds.model.answer import Decision
from cds.model.case import Case
from cds.model.condition import Truth
from cds.model.intake import Intake
from cds.model.question import Target
from cds.service import Service

_ASKED = {"modality": "modalities", "exercise": "exercises"}


class World(Struct, frozen=True, dict=True):
    """The service, and what contradicts itself in a record; shared by all questions."""

    service: Service
    contradictions: tuple[Contradiction, ...] = ()

    @cached_property
    def definers(self) -> Mapping[str, str]:
        """The rule that defines each flag."""
        return {fact: rule.id for rule in self.service.rules for fact in rule.defines}

    @cached_property
    def trees(self) -> dict[str, Explain]:
        """Each rule as a function that gives its whole tree, made when first asked for."""
        return {}

    def tree(self, rule: str, case: Case) -> EvaluatedNode:
        """The condition of a rule with the value and the truth of every test."""
        if rule not in self.trees:
            self.trees[rule] = compile_tree(self.service.rules.rules[rule].when)
        return self.trees[rule](case)


class View(Struct, frozen=True):
    """What was decided on an intake for a day."""

    world: World
    intake: Intake
    decision: Decision
    hearing: Hearing

    @property
    def truths(self) -> Mapping[str, Truth]:
        """The truth of every rule that is not false."""
        return {outcome.rule.id: outcome.truth for outcome in self.hearing.live}


def look(world: World, intake: Intake, day: date) -> View:
    """The decision on the intake for that day.

    Raises: EngineError when the two evaluators disagree.
    """
    decision, hearing = decide_and_hear(world.service, intake, day)
    return View(world, intake, decision, hearing)


def asking_for(intake: Intake, target: Target) -> Intake:
    """The intake with a request for this alone; a setting that was asked for still holds."""
    request = {name: value for name, value in intake.request.items() if name == "setting"}
    if target.type in _ASKED:
        request[_ASKED[target.type]] = [target.code]
    elif target.type in ("intensity", "setting"):
        request[target.type] = target.code
    return replace(intake, request=request)
