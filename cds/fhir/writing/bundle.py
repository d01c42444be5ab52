"""A recorded decision as FHIR R4: the whole Bundle, or only what a clinician may take over."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.care_plan import care_plans
from cds.fhir.writing.decided import Asked, Decided, Written
from cds.fhir.writing.elements import OURS, Json
from cds.fhir.writing.findings import detected_issues, risk_assessments
from cds.fhir.writing.goals import goals
from cds.fhir.writing.guidance import guidance
from cds.fhir.writing.provenance import device, provenances
from cds.fhir.writing.service_requests import communication_requests, service_requests
from cds.knowledge.base import Knowledge

Recorded = Mapping[str, Any]


def write_bundle(decision: Recorded, asked: Asked, knowledge: Knowledge) -> Json:
    """The collection Bundle of a decision as `GET /v1/decisions/{id}` answers it.

    The same decision, asked for alike, gives the same Bundle.
    """
    of = Decided(decision, asked, knowledge)
    written = [guidance(of), *detected_issues(of), *risk_assessments(of), *_drafts(of)]
    told = [*written, device(of), *provenances(of, written)]
    return {
        "resourceType": "Bundle",
        "id": of.id_of("Bundle", ""),
        "identifier": {"system": f"{OURS}:decision", "value": decision["id"]},
        "type": "collection",
        "timestamp": decision["created"],
        "entry": [{"fullUrl": one.address, "resource": one.resource} for one in told],
    }


def write_drafts(decision: Recorded, asked: Asked, knowledge: Knowledge) -> tuple[Json, ...]:
    """What a clinician may take over: CarePlan, ServiceRequests, Goals; whom to call instead.

    They refer to one another by `urn:uuid:` and their ids, and to nothing else of the Bundle.
    """
    return tuple(one.resource for one in _drafts(Decided(decision, asked, knowledge)))


def _drafts(of: Decided) -> Iterator[Written]:
    yield from communication_requests(of)
    yield from care_plans(of)
    yield from service_requests(of)
    yield from goals(of)
