"""The way of one request: decide, record, and only then answer."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypedDict

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from cds.audit.canonical import Canonical, canonical, join_members
from cds.audit.chain import Entry, sha256
from cds.audit.store import Store
from cds.audit.turn import Draft, KeyTakenError, Receipt
from cds.errors import AuditError, EngineError, IntakeError, NoSuchDecisionError, Refusal
from cds.follow_up import Earlier
from cds.http.service import DecisionService
from cds.http.words import tell, withhold
from cds.knowledge.files import software_hash
from cds.model.answer import Decision
from cds.model.follow_up import FollowUp
from cds.model.intake import Intake
from cds.observability import log
from cds.schemas.decision_request import DecisionRequest
from cds.schemas.follow_up_request import FollowUpRequest
from cds.secret import pseudonym
from cds.strict_json import MalformedError

DECISION = "decision"
FOLLOW_UP = "follow_up"
ENGINE_ERROR = "engine_error"
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_DECODER = json.JSONDecoder()
RECORD_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class _Heading(TypedDict):
    id: str
    rule: str
    title: str
    state: str


def _outline() -> msgspec.json.Decoder[dict[str, Any]]:
    """What reads an answer without most of what its explanations say."""
    kind: Any = TypedDict
    members = dict.fromkeys(Decision.__struct_fields__, Any) | {"explanations": list[_Heading]}
    return msgspec.json.Decoder(kind("_Outline", members, total=False))


_OUTLINE = _outline()


class Door(Struct, frozen=True):
    """How a request came in: its bytes, the moment, the caller's idempotency key, and who asks.

    `request_id` is what the answer carries as X-Request-Id.
    """

    body: bytes
    now: datetime
    idempotency_key: str | None = None
    who: Mapping[str, Any] | None = None
    request_id: str | None = None

    @property
    def key_hash(self) -> str | None:
        """The key as it is stored.

        Raises: MalformedError when the key is not one.
        """
        if self.idempotency_key is None:
            return None
        if not _KEY.fullmatch(self.idempotency_key):
            detail = "The header Idempotency-Key must be 1 to 200 visible ASCII characters."
            raise MalformedError([Refusal("", detail)])
        return sha256(self.idempotency_key)


class Answer(Struct, frozen=True):
    """A decision, or the answer to a check-in, exactly as it was recorded, with its receipt.

    `words` are the free texts that stand in it and not in the record.
    """

    receipt: Receipt
    decision: Canonical
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The JSON that is answered."""
        proof = {"receipt": {"sequence": self.receipt.sequence, "hash": self.receipt.hash}}
        told = tell(self.decision, self.words)
        return f"{canonical(self._about)[:-1]},{told[1:-1]},{canonical(proof)[1:]}"

    @property
    def members(self) -> Mapping[str, Any]:
        """The same as values."""
        found: dict[str, Any] = msgspec.json.decode(self.text)
        return found

    @property
    def outline(self) -> Mapping[str, Any]:
        """A decision as values, of its explanations only what they are called and their state."""
        return {**self._about, **_OUTLINE.decode(tell(self.decision, self.words).encode())}

    @property
    def _about(self) -> Mapping[str, Any]:
        return {"id": self.receipt.id, "created": self.receipt.created}


class _Work(Struct, frozen=True):
    """What is to be answered and recorded: its kind, its input, and how it is worked out.

    It is sealed for `subject`, a pseudonym, or with the key `key_id` of what it goes on from, so
    that both are erased together.
    """

    kind: str
    request: DecisionRequest
    work_out: Callable[[Intake], Decision | FollowUp]
    subject: str | None
    key_id: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


class Pipeline(Struct, frozen=True):
    """Answers that are kept; `subject_key` turns a subject id into a pseudonym.

    `keep_text` records free texts too, sealed as all that is recorded about a person.
    `retired_keys` made the pseudonyms before the secret was rotated, oldest first.
    """

    service: DecisionService
    store: Store
    subject_key: bytes
    keep_text: bool = False
    retired_keys: tuple[bytes, ...] = ()

    def decide(self, request: DecisionRequest, door: Door) -> Answer:
        """The recorded decision, or the one that the same request was given before.

        Raises: EngineError, AuditError; IntakeError when the key stands for another request.
        """
        return self._kept(door, DECISION, lambda: self._decision(request, door))

    def follow_up(self, request: FollowUpRequest, door: Door) -> Answer:
        """The recorded answer to a check-in, or the one that the same request was given before.

        Raises: NoSuchDecisionError; the errors of `decide`.
        """
        return self._kept(door, FOLLOW_UP, lambda: self._check_in(request, door))

    def read(self, id: str, kind: str = DECISION, words: tuple[str, ...] = ()) -> Answer | None:
        """The record of that id and kind as it was answered, or None.

        Raises: ErasedError, AuditError.
        """
        entry = self.store.get(id) if RECORD_ID.fullmatch(id) else None
        return None if entry is None or entry.kind != kind else self._answer_of(entry, words)

    def is_about(self, id: str, *subject_ids: str) -> bool:
        """Whether the record is about the person with one of these ids, or nobody said about whom.

        Raises: ErasedError, AuditError.
        """
        entry = self.store.get(id)
        if entry is None:
            return False
        told = json.loads(self.store.text_of(entry))["input"]["subject_id"]
        return told is None or any(told in self._names(one) for one in subject_ids)

    def input_of(self, id: str) -> Intake:
        """What a recorded decision was made on.

        Raises: NoSuchDecisionError, ErasedError, AuditError.
        """
        entry = self.store.get(id)
        if entry is None:
            raise NoSuchDecisionError([Refusal("/decision", "There is no decision of this id.")])
        return self.service.recall(json.loads(self.store.text_of(entry))["input"])

    def _kept(self, door: Door, kind: str, prepare: Callable[[], _Work]) -> Answer:
        key, work = door.key_hash, prepare()
        withheld = withhold(work.request.intake, self.service.understood)
        work = replace(work, request=replace(work.request, intake=withheld.intake))
        # Who asks again because it took long is not to make it take longer.
        if earlier := self._earlier(door, kind, withheld.words):
            return earlier
        try:
            answer = work.work_out(withheld.intake)
        except EngineError:
            self._record_engine_error(work, door)
            raise
        told = answer_text(answer)
        beside = {**work.beside, "words": withheld.words} if self.keep_text else work.beside
        body = join_members({**self._body(work.request, door), **beside, kind: told})
        try:
            receipt = self.store.append(
                replace(self._draft(kind, body, door, work), idempotency_key=key)
            )
        except KeyTakenError:
            if earlier := self._earlier(door, kind, withheld.words):
                return earlier
            raise
        return Answer(receipt, told, withheld.words)

    def _decision(self, request: DecisionRequest, door: Door) -> _Work:
        decide = self.service.decide
        return _Work(
            DECISION,
            request,
            lambda intake: decide(intake, request.evaluation_date, door.now.date()),
            self._pseudonym(request.intake),
        )

    def _check_in(self, request: FollowUpRequest, door: Door) -> _Work:
        told, earlier, key_id = request.told, None, None
        subject = self._pseudonym(told.intake)
        if request.decision is not None:
            entry, record = self._record_of(request.decision, told)
            subject, key_id = subject or record["input"]["subject_id"], entry.key_id
            decided_on = date.fromisoformat(record["evaluation_date"])
            intake = self.service.take_over(told.intake, record["input"], decided_on)
            told = replace(told, intake=intake)
            earlier = Earlier(request.decision, record["decision"].get("plan"))
        answer = self.service.follow_up
        return _Work(
            FOLLOW_UP,
            told,
            lambda intake: answer(intake, told.evaluation_date, earlier, door.now.date()),
            subject,
            key_id,
            {"earlier": request.decision},
        )

    def _record_of(self, id: str, told: DecisionRequest) -> tuple[Entry, Mapping[str, Any]]:
        """The record of the decision that a check-in names; it is about the same person."""
        entry = self.store.get(id)
        if entry is None or entry.kind != DECISION:
            raise NoSuchDecisionError([Refusal("/decision", "There is no decision of this id.")])
        record: dict[str, Any] = json.loads(tell(self.store.text_of(entry)))
        if date.fromisoformat(record["evaluation_date"]) > told.evaluation_date:
            detail = "The check-in is before the day of the decision that it names."
            raise IntakeError([Refusal("/evaluation_date", detail)])
        named = told.intake.subject_id
        if named is not None and record["input"]["subject_id"] not in (None, *self._names(named)):
            detail = "The decision that is named is about somebody else. Correct one of them."
            raise IntakeError([Refusal("/subject/id", detail)])
        return entry, record

    def _earlier(self, door: Door, kind: str, words: tuple[str, ...]) -> Answer | None:
        """What the same request was answered before."""
        key = door.key_hash
        entry = None if key is None else self.store.find(key)
        if entry is None:
            return None
        if entry.kind != kind or not self.store.is_of_request(entry, sha256(door.body)):
            detail = "This Idempotency-Key was used for another request. Use a new one."
            raise IntakeError([Refusal("", detail)])
        return self._answer_of(entry, words)

    def _answer_of(self, entry: Entry, words: tuple[str, ...]) -> Answer:
        body = self.store.text_of(entry)
        receipt = Receipt(entry.id, entry.created, entry.seq, entry.hash)
        if self.keep_text and not words:
            words = tuple(json.loads(body).get("words", ()))
        return Answer(receipt, recorded_answer(body, entry.kind), words)

    def _body(self, request: DecisionRequest, door: Door) -> dict[str, Any]:
        return {
            "evaluation_date": request.evaluation_date.isoformat(),
            "clock": door.now.isoformat(),
            "input": self._pseudonymous(request.intake),
            "knowledge": self.service.knowledge_sha256,
            "request_id": door.request_id,
            "site_policies": self.service.site_policies,
            "pseudonym_key": self.store.keys.id if self.store.keys else None,
            "software": self.service.knowledge_version,
            "software_sha256": software_hash(),
            "who": door.who,
        }

    def _pseudonymous(self, intake: Intake) -> Intake:
        return replace(intake, subject_id=self._pseudonym(intake))

    def _pseudonym(self, intake: Intake) -> str | None:
        if intake.subject_id is None:
            return None
        return pseudonym(self.subject_key, intake.subject_id)

    def _names(self, subject_id: str) -> tuple[str, ...]:
        """Every pseudonym that the subject has or had, oldest first."""
        return tuple(pseudonym(key, subject_id) for key in (*self.retired_keys, self.subject_key))

    def _draft(
        self, kind: str, body: Mapping[str, Any] | Canonical, door: Door, work: _Work
    ) -> Draft:
        named = work.request.intake.subject_id
        return Draft(
            kind,
            body,
            door.now,
            self.service.knowledge_sha256,
            sha256(door.body),
            subject=work.subject,
            known_as=self._names(named)[:-1] if named is not None else (),
            key_id=work.key_id,
        )

    def _record_engine_error(self, work: _Work, door: Door) -> None:
        body = self._body(work.request, door)
        try:
            self.store.append(self._draft(ENGINE_ERROR, body, door, work))
        except AuditError:
            log().error("engine_error_not_recorded")


def answer_text(answer: Decision | FollowUp) -> Canonical:
    """The answer as it is recorded; whom it is about is kept, as a pseudonym, beside the input."""
    names = (name for name in answer.__struct_fields__ if name != "subject")
    return canonical({name: getattr(answer, name) for name in names})


def recorded_answer(body: str, kind: str) -> Canonical:
    """The answer in the body of a record: under its kind, before all that a client has sent."""
    member = f'"{kind}":'
    start = body.index(member) + len(member)
    _, end = _DECODER.raw_decode(body, start)
    return Canonical(body[start:end])
