"""ActivityDefinition: what a decision may propose, without the dose that only a decision has."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import SIGN_OFF
from cds.fhir.writing.elements import OURS, Json, complete, concept, extension, narrative
from cds.knowledge.base import Knowledge

EXERCISE_THERAPY = "exercise-therapy"
#: Whom a decision calls instead of referring to.
CALLED = "emergency"


def activity_url(id: str) -> str:
    """The address by which orders and rules name an activity."""
    return f"{OURS}:activity:{id}"


def referral_id(team: str) -> str:
    """The id of a referral to that team as FHIR can write it."""
    return f"referral-{team.replace('_', '-')}"


def activity_definitions(
    knowledge: Knowledge, version: str, dated: str, sign_off: str
) -> Iterator[Json]:
    """Exercise therapy, and a referral to each team; drafts for trial while sign-off is pending."""
    usage = knowledge.messages["activity.usage"]
    for id, title, members in _activities(knowledge):
        definition: Json = complete(
            {
                "resourceType": "ActivityDefinition",
                "id": id,
                "text": narrative(title, [usage, f"Clinical sign-off: {sign_off}."]),
                "extension": [extension(SIGN_OFF, "Code", sign_off)],
                "url": activity_url(id),
                "version": version,
                "name": "".join(word.capitalize() for word in id.split("-")),
                "title": title,
                "status": "draft",
                "experimental": True,
                "date": dated,
                "description": knowledge.messages["notice"],
                "usage": usage,
                "kind": "ServiceRequest",
                "intent": "proposal",
                **members,
            }
        )
        yield definition


def _activities(knowledge: Knowledge) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    codes, says = knowledge.fhir_codes, knowledge.messages
    yield (
        EXERCISE_THERAPY,
        says["activity.exercise"],
        {
            "topic": [concept(None, codes.physical_activity)],
            "code": concept(None, codes.exercise_therapy),
        },
    )
    for team, name in knowledge.names.teams.items():
        if team != CALLED:
            title = says["activity.referral"].format(team=name)
            performer = {"type": "practitioner", "role": concept(name)}
            yield referral_id(team), title, {"code": concept(title), "participant": [performer]}
