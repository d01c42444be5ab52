"""The answer to `PlanDefinition/$apply`: one CarePlan that holds all that the Bundle holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.fhir.writing.decided import MODULE, Decided, Written
from cds.fhir.writing.elements import OURS, Json, complete

_WITHOUT_PLAN = "Exercise therapy: nothing is prescribed"
# What the plan, its group of requests and the provenances point to; all else supports the plan.
_POINTED_TO = frozenset(
    {"CommunicationRequest", "Device", "Goal", "RequestGroup", "ServiceRequest"}
)


def unplanned(of: Decided) -> Written:
    """The CarePlan that `$apply` has to answer where nothing is prescribed: it says so."""
    members = {
        "status": "draft",
        "intent": "proposal",
        "title": _WITHOUT_PLAN,
        "description": of["summary"],
        "subject": of.subject,
        "encounter": of.encounter,
        "created": of["evaluation_date"],
        "author": of.service,
    }
    because = of["screening"]["because"]
    return of.write("CarePlan", "plan", (_WITHOUT_PLAN, (of["summary"],)), members, because)


def fold(of: Decided, plan: Written, others: Sequence[Written]) -> Json:
    """The plan with all the others contained in it; its first activity is what is advised."""
    inside = {one.address: f"#{one.resource['id']}" for one in others} | {plan.address: "#"}
    kinds = [(one.address, one.resource["resourceType"]) for one in others]
    advised = [{"reference": {"reference": at}} for at, kind in kinds if kind == "RequestGroup"]
    members = {
        **plan.resource,
        "identifier": [{"system": f"{OURS}:decision", "value": of["id"]}],
        "instantiatesCanonical": [f"{MODULE}|{of['knowledge']['version']}"],
        "supportingInfo": [{"reference": at} for at, kind in kinds if kind not in _POINTED_TO],
        "activity": [*advised, *plan.resource.get("activity", ())],
        "contained": [one.resource for one in others],
    }
    folded: Json = complete(_pointing(members, inside))
    return folded


def _pointing(value: Any, inside: Mapping[str, str]) -> Any:
    """The value with references to resources of the Bundle as references to what is contained."""
    if isinstance(value, Mapping):
        return {
            key: inside.get(member, member)
            if key == "reference" and isinstance(member, str)
            else _pointing(member, inside)
            for key, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_pointing(member, inside) for member in value]
    return value
