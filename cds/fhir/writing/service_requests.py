"""ServiceRequest: exercise therapy and referrals, as drafts; CommunicationRequest: whom to call."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.activity_definitions import EXERCISE_THERAPY, activity_url, referral_id
from cds.fhir.writing.decided import Decided, Written
from cds.fhir.writing.elements import concept
from cds.fhir.writing.goals import is_weekly_minutes
from cds.fhir.writing.plan_text import fired, plan_citations, plan_lines

EXERCISE = "exercise"
_PERTAINS = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
_PRIORITIES: Mapping[str, str] = {"routine": "routine", "urgent": "urgent", "emergency": "stat"}
_OPEN = ("proceed", "proceed_with_limits")


def is_offered(of: Decided) -> bool:
    """Whether exercise may be ordered now: before clearance there is a plan, and no order."""
    return of["plan"] is not None and of["disposition"] in _OPEN


def service_requests(of: Decided) -> Iterator[Written]:
    """Exercise therapy, when it is open, and each referral."""
    if of.emergency:
        return
    if is_offered(of):
        yield _exercise(of)
    for number, referral in enumerate(of["referrals"]):
        members = {
            "instantiatesCanonical": [activity_url(referral_id(referral["to"]))],
            "status": "draft",
            "intent": "proposal",
            "priority": _PRIORITIES[referral["urgency"]],
            "code": concept(f"Referral: {_team(of, referral)}"),
            "subject": of.subject,
            "encounter": of.encounter,
            "authoredOn": of["evaluation_date"],
            "requester": of.requester,
            "performerType": concept(_team(of, referral)),
            "reasonCode": [concept(referral["reason"])],
            "note": [{"text": line} for line in _frame(referral)],
        }
        told = (f"Referral: {_team(of, referral)}", (referral["reason"], *_frame(referral)))
        yield of.write("ServiceRequest", str(number), told, members, referral["because"])


def communication_requests(of: Decided) -> Iterator[Written]:
    """Whom to call in an emergency, and why; nothing else is asked for then."""
    if not of.emergency:
        return
    for number, call in enumerate(of["referrals"]):
        lines = (call["reason"], *_frame(call))
        members = {
            "status": "draft",
            "category": [concept("Emergency")],
            "priority": _PRIORITIES[call["urgency"]],
            "subject": of.subject,
            "encounter": of.encounter,
            "payload": [{"contentString": " ".join((of["summary"], *lines))}],
            "authoredOn": of["created"],
            "requester": of.requester,
            "recipient": [{"display": _team(of, call)}],
            "reasonCode": [concept(call["reason"])],
        }
        told = (f"Call: {_team(of, call)}", (of["summary"], *lines))
        yield of.write("CommunicationRequest", str(number), told, members, call["because"])


def _exercise(of: Decided) -> Written:
    """The Physical Activity guide knows orders only, and somebody has to make them.

    So it is a draft order when the client names a practitioner, and a proposal otherwise.
    """
    codes, asked = of.knowledge.fhir_codes, of.asked
    orders = asked.practitioner is not None
    profiles = of.knowledge.profiles.profiles
    members = {
        "profile": codes.service_request if orders and asked.subject else None,
        "instantiatesCanonical": [activity_url(EXERCISE_THERAPY)],
        "basedOn": [of.refer("CarePlan", "plan")],
        "status": "draft",
        "intent": "order" if orders else "proposal",
        "category": [concept(None, codes.physical_activity)],
        "priority": "routine",
        "code": concept(None, codes.exercise_therapy),
        "subject": of.subject,
        "encounter": of.encounter,
        "authoredOn": of["evaluation_date"],
        "requester": of.requester,
        "reasonCode": [concept(profiles[id_].name) for id_ in of["plan"]["profiles"]],
    }
    goals = [
        {"url": _PERTAINS, "valueReference": of.refer("Goal", str(number))}
        for number, goal in enumerate(of["goals"])
        if is_weekly_minutes(goal, codes.weekly_minutes)
    ]
    told = ("Exercise therapy", plan_lines(of))
    return of.write("ServiceRequest", EXERCISE, told, members, fired(of), plan_citations(of), goals)


def _frame(referral: Mapping[str, Any]) -> Iterator[str]:
    if referral["within"]:
        yield f"Within: {referral['within']}."
    if referral["meanwhile"]:
        yield f"Meanwhile: {referral['meanwhile']}"


def _team(of: Decided, referral: Mapping[str, Any]) -> str:
    return of.knowledge.names.teams.get(referral["to"], referral["to"])
