"""A recorded decision as FHIR R4: the whole, or only what a clinician may take over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.fhir.writing.applied import fold, unplanned
from cds.fhir.writing.care_plan import care_plans
from cds.fhir.writing.decided import Asked, Decided, Written
from cds.fhir.writing.elements import OURS, Json
from cds.fhir.writing.findings import detected_issues, risk_assessments
from cds.fhir.writing.goals import goals
from cds.fhir.writing.guidance import guidance
from cds.fhir.writing.provenance import device, provenances
from cds.fhir.writing.request_group import request_groups
from cds.fhir.writing.service_requests import communication_requests, service_requests
from cds.knowledge.base import Knowledge

Recorded = Mapping[str, Any]
Cards = Sequence[Mapping[str, Any]]


def write_bundle(decision: Recorded, asked: Asked, knowledge: Knowledge, cards: Cards = ()) -> Json:
    """The collection Bundle of a decision as `GET /v1/decisions/{id}` answers it.

    `cards` are those that CDS Hooks shows of it. The same decision, asked for alike, gives the same
    Bundle.
    """
    of = Decided(decision, asked, knowledge)
    written = _written(of, cards)
    told = [*written, device(of), *provenances(of, written)]
    return {
        "resourceType": "Bundle",
        "id": of.id_of("Bundle", ""),
        "identifier": {"system": f"{OURS}:decision", "value": decision["id"]},
        "type": "collection",
        "timestamp": decision["created"],
        "entry": [{"fullUrl": one.address, "resource": one.resource} for one in told],
    }


def write_care_plan(decision: Recorded, asked: Asked, knowledge: Knowledge, cards: Cards) -> Json:
    """The same as one CarePlan, as `$apply` of R4 answers it."""
    of = Decided(decision, asked, knowledge)
    written = _written(of, cards)
    plan = next((one for one in written if one.resource["resourceType"] == "CarePlan"), None)
    if plan is None:
        written.append(plan := unplanned(of))
    told = [*written, device(of), *provenances(of, written)]
    return fold(of, plan, [one for one in told if one is not plan])


def write_drafts(decision: Recorded, asked: Asked, knowledge: Knowledge) -> tuple[Json, ...]:
    """What a clinician may take over: CarePlan, ServiceRequests, Goals; whom to call instead.

    They refer to one another by `urn:uuid:` and their ids, and to nothing else of the Bundle.
    """
    return tuple(one.resource for one in _drafts(Decided(decision, asked, knowledge)))


def _written(of: Decided, cards: Cards) -> list[Written]:
    drafts = list(_drafts(of))
    advised = request_groups(of, cards, drafts)
    return [guidance(of), *detected_issues(of), *risk_assessments(of), *drafts, *advised]


def _drafts(of: Decided) -> Iterator[Written]:
    yield from communication_requests(of)
    yield from care_plans(of)
    yield from service_requests(of)
    yield from goals(of)
