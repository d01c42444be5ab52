"""Canary patients: known inputs whose answers must not change while the service runs."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from cds.errors import CdsError, LoadError
from cds.http.service import DecisionService
from cds.kept import Kept
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request


class CanaryError(CdsError):
    """A canary patient no longer gets the known answer."""


class Canary(Struct, frozen=True):
    """One known patient; `expect` holds members of the decision by dotted path."""

    name: str
    evaluation_date: date
    request: Mapping[str, Any]
    expect: Mapping[str, Any]

    def check(self, service: DecisionService) -> None:
        """Decides for the canary.

        Raises: CanaryError when the answer is not the known one; EngineError.
        """
        request = read_decision_request(dict(self.request), service.terms, self.evaluation_date)
        decision = as_json(service.decide(request.intake, self.evaluation_date))
        wrong = [path for path, value in self.expect.items() if _at(decision, path) != value]
        if wrong:
            raise CanaryError(f"Canary '{self.name}': {', '.join(wrong)} is not as known.")


def check_canaries(canaries: Iterable[Canary], service: DecisionService) -> None:
    """Decides for every canary.

    Raises: CanaryError at the first whose answer is not the known one.
    """
    for canary in canaries:
        canary.check(service)


def kept_canaries(kept: Kept) -> tuple[Canary, ...]:
    """Every canary of the knowledge, of a file that was found sound once.

    Raises: LoadError with every problem of the file.
    """
    return tuple(
        Canary(name, day, json.loads(request), json.loads(expect))
        for name, day, request, expect in kept.get("canaries", _sound)
    )


def _sound() -> tuple[tuple[str, date, str, str], ...]:
    from cds.http.canary_file import load_canaries  # what reads and checks files takes long

    problems = Problems()
    canaries = load_canaries(ROOT, problems)
    if problems.found:
        raise LoadError(problems.found)
    return tuple(
        (c.name, c.evaluation_date, json.dumps(c.request), json.dumps(c.expect)) for c in canaries
    )


def _at(decision: Any, path: str) -> Any:
    for step in path.split("."):
        decision = decision.get(step) if isinstance(decision, Mapping) else None
    return decision
