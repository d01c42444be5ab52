"""CarePlan: the plan of the decision, each component with its dose, and what to leave out."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import Decided, Written
from cds.fhir.writing.elements import Json, concept, span
from cds.fhir.writing.plan_text import (
    avoid_text,
    component_text,
    fired,
    modality_name,
    plan_citations,
    plan_lines,
)
from cds.fhir.writing.service_requests import EXERCISE, is_offered

_AWAITS_CLEARANCE = "clearance_first"


def care_plans(of: Decided) -> Iterator[Written]:
    """The plan, unless nothing is prescribed."""
    if of.emergency or of["plan"] is None:
        return
    codes, plan = of.knowledge.fhir_codes, of["plan"]
    activities = [{"detail": _component(of, part)} for part in plan["components"]]
    activities += [{"detail": _avoided(kind)} for kind in plan["avoid_tags"]]
    if is_offered(of):
        activities.insert(0, {"reference": of.refer("ServiceRequest", EXERCISE)})
    members = {
        "profile": codes.care_plan if of.asked.subject else None,
        "status": "draft",
        "intent": "plan",
        "category": [concept(None, codes.assess_plan), concept(None, codes.physical_activity)],
        "title": "Exercise therapy",
        "description": of["summary"],
        "subject": of.subject,
        "encounter": of.encounter,
        "created": of["evaluation_date"],
        "author": of.service,
        "goal": [of.refer("Goal", str(number)) for number, _ in enumerate(of["goals"])],
        "activity": activities,
    }
    told = ("Exercise therapy", plan_lines(of))
    yield of.write("CarePlan", "plan", told, members, fired(of), plan_citations(of))


def _component(of: Decided, part: Mapping[str, Any]) -> Json:
    waits = of["disposition"] == _AWAITS_CLEARANCE
    return {
        "kind": "ServiceRequest",
        "code": concept(modality_name(of, part)),
        "status": "on-hold" if waits else "not-started",
        "statusReason": concept(of["screening"]["message"]) if waits else None,
        "doNotPerform": False,
        **_schedule(part),
        "description": component_text(part),
    }


def _avoided(kind: Mapping[str, Any]) -> Json:
    return {
        "code": concept(kind["label"]),
        "status": "not-started",
        "doNotPerform": True,
        "description": avoid_text(kind),
    }


def _schedule(part: Mapping[str, Any]) -> Json:
    """The days a week and the minutes as a Timing, where FHIR can count them."""
    low, high = map(float, part["frequency"])
    if not (low >= 1 and low.is_integer() and high.is_integer()):
        return {"scheduledString": f"{span(part['frequency'])} days a week"}
    repeat: Json = {"frequency": int(low), "period": 1, "periodUnit": "wk"}
    if high > low:
        repeat["frequencyMax"] = int(high)
    if part["time_min"]:
        shortest, longest = part["time_min"]
        repeat |= {"duration": shortest, "durationUnit": "min"}
        repeat |= {"durationMax": longest} if longest > shortest else {}
    return {"scheduledTiming": {"repeat": repeat}}
