"""Canary patients: known inputs whose answers must not change while the service runs."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import fields
from msgspec import Struct

from cds.errors import CdsError
from cds.http.service import DecisionService
from cds.knowledge.documents import Problems
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request

PATTERN = "knowledge/canaries.yaml"


class CanaryError(CdsError):
    """A canary patient no longer gets the known answer."""


class _CanarySchema(KnowledgeSchema):
    name = Text(required=True)
    evaluation_date = fields.Raw(required=True)
    request = fields.Dict(required=True)
    expect = fields.Dict(required=True)
    because = Text(required=True)


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    canaries = fields.List(fields.Nested(_CanarySchema), required=True)


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


def load_canaries(root: Path, problems: Problems) -> tuple[Canary, ...]:
    """Every canary of the knowledge."""
    return tuple(
        Canary(entry["name"], entry["evaluation_date"], entry["request"], entry["expect"])
        for _, _, loaded in load_documents(root, PATTERN, _FileSchema(), problems)
        for entry in loaded["canaries"]
    )


def _at(decision: Any, path: str) -> Any:
    for step in path.split("."):
        decision = decision.get(step) if isinstance(decision, Mapping) else None
    return decision
