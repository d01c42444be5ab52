"""RequestGroup: what CDS Hooks shows as cards, as actions in the same words, order and ids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.fhir.writing.decided import MODULE, Decided, Written
from cds.fhir.writing.elements import OURS, Json, concept
from cds.fhir.writing.plan_text import fired
from cds.fhir.writing.service_requests import EXERCISE
from cds.knowledge.fact import Coding

#: The key of the only one of a decision.
ADVICE = "advice"
_PRIORITIES: Mapping[str, str] = {"info": "routine", "warning": "urgent", "critical": "stat"}
_REQUESTS = ("CommunicationRequest", "ServiceRequest")


def request_groups(
    of: Decided, cards: Sequence[Mapping[str, Any]], drafts: Iterable[Written]
) -> Iterator[Written]:
    """One action for each card, then one for each call or referral that no card offers.

    `cards` are those of CDS Hooks: title is the summary, description the detail, priority the
    indicator, and documentation the source. Exercise is offered by its card only. Where there is
    nothing to say there is no group.
    """
    offered = {action["resource"]["id"] for card in cards for action in _taken_over(card)}
    offered.add(of.id_of("ServiceRequest", EXERCISE))
    left = (one.resource for one in drafts if one.resource["resourceType"] in _REQUESTS)
    actions = [_advice(of, card) for card in cards]
    actions += [_request(of, one) for one in left if one["id"] not in offered]
    if not actions:
        return
    members = {
        "identifier": [{"system": f"{OURS}:decision", "value": of["id"]}],
        "instantiatesCanonical": [f"{MODULE}|{of['knowledge']['version']}"],
        "status": "draft",
        "intent": "proposal",
        "subject": of.subject,
        "encounter": of.encounter,
        "authoredOn": of["created"],
        "author": of.service,
        "action": actions,
    }
    told = ("What is advised", [action["title"] for action in actions])
    yield of.write("RequestGroup", ADVICE, told, members, fired(of))


def _advice(of: Decided, card: Mapping[str, Any]) -> Json:
    """A card; one without anything to take over leads to the answer that it tells of."""
    topic = card["source"]["topic"]
    suggested = [_suggestion(of, suggestion) for suggestion in card.get("suggestions", ())]
    return {
        "id": card["uuid"],
        "title": card["summary"],
        "description": card["detail"],
        "priority": _PRIORITIES[card["indicator"]],
        "code": [concept(None, Coding(topic["system"], topic["code"], topic["display"]))],
        "documentation": [
            {"type": "documentation", "display": one["label"], "url": one.get("url")}
            for one in (card["source"], *card.get("links", ()))
        ],
        "selectionBehavior": card.get("selectionBehavior"),
        "resource": None if suggested else of.refer("GuidanceResponse", ""),
        "action": suggested,
    }


def _suggestion(of: Decided, suggestion: Mapping[str, Any]) -> Json:
    return {
        "id": suggestion["uuid"],
        "title": suggestion["label"],
        "action": [
            _create(of, action["description"], action["resource"])
            for action in suggestion["actions"]
        ],
    }


def _request(of: Decided, resource: Mapping[str, Any]) -> Json:
    """A drafted request that stands on no card, and why it is made."""
    title = _title(resource)
    return {
        **_create(of, title, resource),
        "title": title,
        "description": "; ".join(reason["text"] for reason in resource["reasonCode"]),
        "priority": resource["priority"],
    }


def _title(resource: Mapping[str, Any]) -> str:
    if resource["resourceType"] == "CommunicationRequest":
        return f"Call: {resource['recipient'][0]['display']}"
    return str(resource["code"]["text"])


def _create(of: Decided, description: str, resource: Mapping[str, Any]) -> Json:
    return {
        "description": description,
        "type": concept(None, of.knowledge.fhir_codes.create),
        "resource": {"reference": f"urn:uuid:{resource['id']}"},
    }


def _taken_over(card: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for suggestion in card.get("suggestions", ()):
        yield from suggestion["actions"]
