"""The story of one check-in.

What was submitted becomes a case and is heard by every stage of a decision, so that what forbids
exercise is known here too. Then the signs of the check-in are defined, the rows of the
progression table are evaluated twice, and the first that holds answers. The next dose is the most
cautious that any row asks for. Everything says why.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from cds.case import build_case
from cds.decide import hear
from cds.explain.check_in import CheckedIn, compose_follow_up
from cds.hearing import Hearing
from cds.knowledge.implications import complete_intake
from cds.model.follow_up import FollowUp
from cds.model.intake import Intake
from cds.service import Service
from cds.stages.definitions import define
from cds.stages.outcome import Outcome
from cds.stages.progression import choose


class Earlier(Struct, frozen=True):
    """The decision that a check-in names: its id, and its plan as it was answered."""

    id: str
    plan: Mapping[str, Any] | None


def follow_up(
    service: Service, intake: Intake, evaluation_date: date, earlier: Earlier | None = None
) -> FollowUp:
    """The explained answer to one check-in.

    Raises: EngineError when the two evaluators disagree; then there is no answer.
    """
    hearing, defining, table = _hear(service, intake, evaluation_date)
    completed = complete_intake(intake, service.knowledge.terminology)
    heard = CheckedIn(
        completed,
        build_case(completed, service.knowledge, evaluation_date),
        defining,
        table,
        earlier.id if earlier else None,
        earlier.plan if earlier else None,
    )
    choice = choose(table, service.knowledge.progression)
    return compose_follow_up(service, hearing, heard, choice)


def hear_check_in(service: Service, intake: Intake, evaluation_date: date) -> Hearing:
    """The case after every stage of a decision and of a check-in, with the truth of every rule.

    Raises: EngineError when the two evaluators disagree.
    """
    return _hear(service, intake, evaluation_date)[0]


def _hear(
    service: Service, intake: Intake, evaluation_date: date
) -> tuple[Hearing, list[Outcome], list[Outcome]]:
    hearing = hear(service, intake, evaluation_date)
    hearing.hear("check_in")
    defining = hearing.all_of("check_in")
    hearing.learn(*define(hearing.case, defining))
    hearing.hear("progression")
    return hearing, defining, hearing.all_of("progression")
