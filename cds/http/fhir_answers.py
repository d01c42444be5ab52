"""What the service answers in FHIR: decisions, rules as PlanDefinitions, and what there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds.fhir.writing.bundle import write_bundle, write_drafts
from cds.fhir.writing.capability import capability_statement
from cds.fhir.writing.decided import Asked
from cds.fhir.writing.elements import Json
from cds.fhir.writing.plan_definitions import (
    EXERCISE_THERAPY,
    fhir_id,
    rule_definition,
    whole_definition,
)
from cds.knowledge.audit_events import AuditCodes
from cds.service import Service

#: The media type of FHIR.
MEDIA_TYPE = "application/fhir+json"
_PLAN_DEFINITIONS = "/fhir/PlanDefinition"


@dataclass(frozen=True, slots=True)
class FhirAnswers:
    """Writes FHIR R4; decisions are given as `GET /v1/decisions/{id}` answers them."""

    service: Service

    @property
    def audit_events(self) -> AuditCodes:
        """How each kind of record is told."""
        return self.service.knowledge.audit_events

    def bundle(self, decision: Mapping[str, Any], asked: Asked) -> Json:
        """The whole decision."""
        return write_bundle(decision, asked, self.service.knowledge)

    def drafts(self, decision: Mapping[str, Any], asked: Asked) -> Sequence[Json]:
        """What a clinician may take over: drafts of CarePlan, ServiceRequests and Goals.

        In an emergency only whom to call, as CommunicationRequests.
        """
        return write_drafts(decision, asked, self.service.knowledge)

    def plan_definition(self, id: str) -> Json | None:
        """A rule by its id, as it is written or as FHIR writes it; or the whole."""
        if id == EXERCISE_THERAPY:
            return self._whole()
        rules, wanted = self.service.rules.rules, fhir_id(id)
        found = next((rule for name, rule in rules.items() if fhir_id(name) == wanted), None)
        return None if found is None else rule_definition(found, self.service.knowledge)

    def plan_definitions(self, offset: int, count: int) -> Json:
        """One page of all of them, the whole first."""
        ids = (EXERCISE_THERAPY, *self.service.rules.rules)
        found = filter(None, map(self.plan_definition, ids[offset : offset + count]))
        pages = {"self": offset} | ({"next": offset + count} if offset + count < len(ids) else {})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(ids),
            "link": [
                {"relation": name, "url": f"{_PLAN_DEFINITIONS}?_count={count}&_offset={at}"}
                for name, at in pages.items()
                if count > 0 or name == "self"
            ],
            "entry": [
                {"fullUrl": one["url"], "resource": one, "search": {"mode": "match"}}
                for one in found
            ],
        }

    def capability(self) -> Json:
        """The CapabilityStatement."""
        return capability_statement(self.service.version, self._whole()["date"])

    def _whole(self) -> Json:
        service = self.service
        return whole_definition(service.rules, service.version, service.knowledge)
