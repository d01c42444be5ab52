"""An intake with other facts: what was told before is replaced, nothing else is touched."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from cds.answers.levers import REVIEWS
from cds.model.intake import Intake, SubmittedFact

SUPPOSED = "supposed"


def suppose(intake: Intake, facts: Iterable[SubmittedFact], reviewed: Mapping[str, bool]) -> Intake:
    """The intake with these facts in place of its own, and its lists reviewed or not."""
    told = {fact.name: replace(fact, source=SUPPOSED) for fact in facts}
    kept = tuple(fact for fact in intake.facts if fact.name not in told)
    lists: dict[str, Any] = {name: reviewed[name] for name in REVIEWS if name in reviewed}
    return replace(intake, facts=(*kept, *told.values()), **lists)
