"""The way of one request: decide, record, and only then answer."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from cds.audit.canonical import Canonical, canonical, join_members
from cds.audit.chain import Entry, sha256
from cds.audit.store import Draft, KeyTakenError, Receipt, Store
from cds.errors import AuditError, EngineError, IntakeError, Refusal
from cds.http.service import DecisionService
from cds.model.answer import Decision
from cds.model.intake import Intake
from cds.observability import log
from cds.schemas.decision_request import DecisionRequest
from cds.strict_json import MalformedError

DECISION = "decision"
ENGINE_ERROR = "engine_error"
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_MEMBER = '"decision":'
_DECODER = json.JSONDecoder()
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Door:
    """How a request came in: its bytes, the moment, and the caller's idempotency key."""

    body: bytes
    now: datetime
    idempotency_key: str | None = None

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


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision exactly as it was recorded, and the receipt of its record."""

    receipt: Receipt
    decision: Canonical

    @property
    def text(self) -> str:
        """The JSON that is answered."""
        about = {"id": self.receipt.id, "created": self.receipt.created}
        proof = {"receipt": {"sequence": self.receipt.sequence, "hash": self.receipt.hash}}
        return f"{canonical(about)[:-1]},{self.decision[1:-1]},{canonical(proof)[1:]}"

    @property
    def members(self) -> Mapping[str, Any]:
        """The same as values."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Decisions that are kept; `subject_key` turns a subject id into a pseudonym."""

    service: DecisionService
    store: Store
    subject_key: bytes

    def decide(self, request: DecisionRequest, door: Door) -> Answer:
        """The recorded decision, or the one that the same request was given before.

        Raises: EngineError, AuditError; IntakeError when the key stands for another request.
        """
        key = door.key_hash
        if key is not None and (earlier := self.store.find(key)) is not None:
            return _same_request(earlier, door)
        try:
            decision = self.service.decide(request.intake, request.evaluation_date)
        except EngineError:
            self._record_engine_error(request, door)
            raise
        told = join_members(_without_subject(decision))
        body = join_members(self._body(request, door) | {"decision": told})
        try:
            receipt = self.store.append(self._draft(DECISION, body, door, key))
        except KeyTakenError:
            rival = self.store.find(key or "")
            if rival is None:
                raise
            return _same_request(rival, door)
        return Answer(receipt, told)

    def read(self, id: str) -> Answer | None:
        """The decision of that id as it was answered, or None.

        Raises: AuditError.
        """
        entry = self.store.get(id) if _ID.fullmatch(id) else None
        return None if entry is None or entry.kind != DECISION else _answer_of(entry)

    def _body(self, request: DecisionRequest, door: Door) -> dict[str, Any]:
        return {
            "evaluation_date": request.evaluation_date.isoformat(),
            "clock": door.now.isoformat(),
            "input": self._pseudonymous(request.intake),
            "knowledge": self.service.knowledge_sha256,
        }

    def _pseudonymous(self, intake: Intake) -> Intake:
        if intake.subject_id is None:
            return intake
        pseudonym = hmac.new(self.subject_key, intake.subject_id.encode(), hashlib.sha256)
        return replace(intake, subject_id=pseudonym.hexdigest())

    def _draft(
        self, kind: str, body: Mapping[str, Any] | Canonical, door: Door, key: str | None
    ) -> Draft:
        return Draft(kind, body, door.now, self.service.knowledge_sha256, sha256(door.body), key)

    def _record_engine_error(self, request: DecisionRequest, door: Door) -> None:
        body = self._body(request, door)
        try:
            self.store.append(self._draft(ENGINE_ERROR, body, door, None))
        except AuditError:
            log().error("engine_error_not_recorded")


def _without_subject(decision: Decision) -> dict[str, Any]:
    """The decision as JSON; who it is about is kept as a pseudonym beside the input only."""
    names = (field.name for field in fields(decision) if field.name != "subject")
    return {name: getattr(decision, name) for name in names}


def _same_request(entry: Entry, door: Door) -> Answer:
    if entry.request_sha256 != sha256(door.body):
        detail = "This Idempotency-Key was used for another request. Use a new one."
        raise IntakeError([Refusal("", detail)])
    return _answer_of(entry)


def _answer_of(entry: Entry) -> Answer:
    """Of the record's members, which stand in order, only `clock` comes before the decision."""
    start = entry.body.index(_MEMBER) + len(_MEMBER)
    _, end = _DECODER.raw_decode(entry.body, start)
    receipt = Receipt(entry.id, entry.created, entry.seq, entry.hash)
    return Answer(receipt, Canonical(entry.body[start:end]))
