"""What the service answers in FHIR: decisions, rules as PlanDefinitions, and what there is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cds.fhir.writing.activity_definitions import activity_definitions
from cds.fhir.writing.bundle import Cards, write_bundle, write_care_plan, write_drafts
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


class FhirAnswers(Struct, frozen=True):
    """Writes FHIR R4; decisions are given as `GET /v1/decisions/{id}` answers them."""

    service: Service

    @property
    def audit_events(self) -> AuditCodes:
        """How each kind of record is told."""
        return self.service.knowledge.audit_events

    def bundle(self, decision: Mapping[str, Any], asked: Asked, cards: Cards = ()) -> Json:
        """The whole decision, with the cards of it as a RequestGroup."""
        return write_bundle(decision, asked, self.service.knowledge, cards)

    def care_plan(self, decision: Mapping[str, Any], asked: Asked, cards: Cards) -> Json:
        """The same within one CarePlan."""
        return write_care_plan(decision, asked, self.service.knowledge, cards)

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
        return _page("PlanDefinition", found, len(ids), offset, count)

    def activity_definition(self, id: str) -> Json | None:
        """What a decision may propose, by its id."""
        return next((one for one in self._activities() if one["id"] == id), None)

    def activity_definitions(self, offset: int, count: int) -> Json:
        """One page of all of them, exercise therapy first."""
        every = self._activities()
        found = every[offset : offset + count]
        return _page("ActivityDefinition", found, len(every), offset, count)

    def capability(self) -> Json:
        """The CapabilityStatement."""
        return capability_statement(self.service.version, self._whole()["date"])

    def _whole(self) -> Json:
        service = self.service
        return whole_definition(service.rules, service.version, service.knowledge)

    def _activities(self) -> Sequence[Json]:
        whole, service = self._whole(), self.service
        (sign_off,) = (one["valueCode"] for one in whole["extension"])
        of = service.knowledge
        return tuple(activity_definitions(of, service.version, whole["date"], sign_off))


def _page(type: str, found: Iterable[Json], total: int, offset: int, count: int) -> Json:
    pages = {"self": offset} | ({"next": offset + count} if offset + count < total else {})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [
            {"relation": name, "url": f"/fhir/{type}?_count={count}&_offset={at}"}
            for name, at in pages.items()
            if count > 0 or name == "self"
        ],
        "entry": [
            {"fullUrl": one["url"], "resource": one, "search": {"mode": "match"}} for one in found
        ],
    }
