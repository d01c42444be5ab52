"""What a record says of a decision or check-in, as far as making it again needs it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from msgspec import Struct

from cds.audit.canonical import Canonical
from cds.audit.chain import Entry
from cds.audit.store import Store
from cds.errors import CdsError
from cds.follow_up import Earlier
from cds.http.pipeline import DECISION, FOLLOW_UP, recorded_answer
from cds.http.service import DecisionService
from cds.http.words import tell
from cds.model.answer import Decision
from cds.model.follow_up import FollowUp
from cds.model.intake import Intake
from cds.schemas.recorded_intake import recall
from cds.schemas.request_terms import RequestTerms

KINDS = (DECISION, FOLLOW_UP)


class UnreadableInputError(CdsError):
    """The input names what other knowledge does not hold."""


class Recorded(Struct, frozen=True):
    """One decision or check-in: its input, what it was made with, and its answer as recorded.

    `software` is the version with the hash of its files; records from before that have no hash.
    `given` is the day on which it was answered, by the clock.
    """

    id: str
    kind: str
    knowledge: str
    software: tuple[str, str | None]
    site_policies: Mapping[str, str]
    day: date
    given: date
    intake: Intake
    earlier: Earlier | None
    answer: Canonical


def read_record(store: Store, entry: Entry) -> Recorded:
    """The record of a decision or check-in.

    Raises: ErasedError when it was erased, or the decision that it goes on from; AuditError.
    """
    text = store.text_of(entry)
    answer = recorded_answer(text, entry.kind)
    # The answer is most of it, and compared as text.
    body = json.loads(text.replace(answer, "null", 1))
    return Recorded(
        id=entry.id,
        kind=entry.kind,
        knowledge=body["knowledge"],
        software=(body["software"], body.get("software_sha256")),
        site_policies=body["site_policies"],
        day=date.fromisoformat(body["evaluation_date"]),
        given=datetime.fromisoformat(body["clock"]).date(),
        intake=recall(body["input"]),
        earlier=_earlier(store, body.get("earlier")),
        answer=answer,
    )


def answer_again(service: DecisionService, recorded: Recorded) -> Decision | FollowUp:
    """The answer that this service gives to what was recorded.

    Raises: UnreadableInputError when its knowledge does not hold a name that was used; EngineError.
    """
    if unknown := sorted(set(_unknown_names(recorded.intake, service.terms))):
        raise UnreadableInputError(f"This knowledge does not hold: {', '.join(unknown)}.")
    if recorded.kind == FOLLOW_UP:
        return service.follow_up(recorded.intake, recorded.day, recorded.earlier, recorded.given)
    return service.decide(recorded.intake, recorded.day, recorded.given)


def _earlier(store: Store, id: str | None) -> Earlier | None:
    """The plan that a check-in went on from, as it was read then."""
    entry = None if id is None else store.get(id)
    if entry is None:
        return None
    answer = json.loads(tell(store.text_of(entry)))[DECISION]
    return Earlier(entry.id, answer.get("plan"))


def _unknown_names(intake: Intake, terms: RequestTerms) -> Iterator[str]:
    """Names by which something was told or asked for, and that were never checked with `terms`."""
    yield from (fact.name for fact in intake.facts if fact.name not in terms.vocabulary)
    yield from (entry.id for entry in intake.conditions if entry.id not in terms.conditions)
    yield from (entry.id for entry in intake.medications if entry.id not in terms.medications)
    yield from (entry.id for entry in intake.procedures if entry.id not in terms.procedures)
    yield from (name for name in _asked(intake, "modalities") if name not in terms.modalities)
    yield from (name for name in _asked(intake, "exercises") if not terms.meant_by(name))
    yield from (f"{n}={o}" for n, o in intake.policy.items() if o not in terms.policies.get(n, ()))


def _asked(intake: Intake, list_: str) -> tuple[str, ...]:
    asked = intake.request.get(list_)
    return tuple(map(str, asked)) if isinstance(asked, (list, tuple)) else ()
