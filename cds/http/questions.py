"""Questions about a recorded decision: it is made again, and must come out the same.

Nothing is recorded yet; `Questions` is the one place that a record of questions would be kept.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from cds.audit.store import Store
from cds.errors import KnowledgeChangedError
from cds.http.pipeline import DECISION, Pipeline
from cds.http.service import DecisionService
from cds.knowledge.audiences import AUDIENCES
from cds.model.decision import as_json
from cds.model.intake import Intake
from cds.schemas.question_body import read_audience, read_what_if, read_why_not

Json = Mapping[str, Any]


class Questions(Struct, frozen=True):
    """Answers about what was decided; None where no decision of that id is recorded."""

    service: DecisionService
    store: Store
    pipeline: Pipeline

    def why_not(self, id: str, body: Any) -> Json | None:
        """Why something is not allowed.

        Raises: IntakeError, KnowledgeChangedError, EngineError, AuditError.
        """
        found = self._recalled(id)
        if found is None:
            return None
        return _about(id, self.service.why_not(*found, read_why_not(body)))

    def what_if(self, id: str, body: Any) -> Json | None:
        """What other facts would change, or what it takes to reach a goal.

        Raises: IntakeError, KnowledgeChangedError, EngineError, AuditError.
        """
        found = self._recalled(id)
        if found is None:
            return None
        asked = read_what_if(body, self.service.terms.vocabulary, found[1])
        if asked.goal is not None:
            return _about(id, self.service.what_it_takes(*found, asked.goal))
        return _about(id, self.service.what_if(*found, asked.facts, asked.reviewed or {}))

    def explanation(self, id: str, query: Mapping[str, list[str]]) -> Json | None:
        """The decision as it was recorded, told to one audience.

        Raises: IntakeError, AuditError.
        """
        audience = read_audience(query, AUDIENCES)
        answer = self.pipeline.read(id)
        return None if answer is None else _about(id, self.service.tell(answer.members, audience))

    def _recalled(self, id: str) -> tuple[Intake, date] | None:
        """The input of the decision and its day, when they still give the same decision."""
        if self.pipeline.read(id) is None or (entry := self.store.get(id)) is None:
            return None
        record: dict[str, Any] = json.loads(self.store.text_of(entry))
        intake = self.service.recall(record["input"])
        day = date.fromisoformat(record["evaluation_date"])
        if record["knowledge"] != self.service.knowledge_sha256:
            raise KnowledgeChangedError("The knowledge is not the one of the decision.")
        given = datetime.fromisoformat(record["clock"]).date()
        again = as_json(self.service.decide(intake, day, given))
        if {**again, "subject": None} != {**record[DECISION], "subject": None}:
            raise KnowledgeChangedError("The decision does not come out the same.")
        return intake, day


def _about(id: str, answer: Any) -> Json:
    return {"decision": id, **as_json(answer)}
