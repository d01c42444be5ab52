"""One recorded decision or check-in, made again: does the same come out, byte for byte?"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from cds.audit.chain import Entry, is_sound
from cds.audit.store import Store
from cds.errors import AuditError, EngineError, ErasedError, LoadError, PolicyError
from cds.http.pipeline import answer_text
from cds.http.service import DecisionService
from cds.knowledge.files import software_hash
from cds.model.decision import as_json
from cds.replay.changes import Change, compare
from cds.replay.recorded import Recorded, UnreadableInputError, answer_again, read_record
from cds.replay.versions import Versions

_UNREAD = "This software does not read the knowledge of then: {problem}"
_MISSING = "The record keeps no knowledge of this hash."
_CHANGED = "The record was changed after it was written."
_DISAGREED = "The two evaluators did not agree, so there is no answer."


class Outcome(StrEnum):
    """What came of making a recorded answer again under the knowledge that it was made with.

    `software_changed`: it differs, or was not made, and the software is not the one of then;
    `no_answer`: the two evaluators disagreed.
    """

    EQUAL = "equal"
    DIFFERENT = "different"
    SOFTWARE_CHANGED = "software_changed"
    KNOWLEDGE_MISSING = "knowledge_missing"
    RECORD_CHANGED = "record_changed"
    NO_ANSWER = "no_answer"
    ERASED = "erased"


#: Where nothing is left to compare with, nothing is wrong.
IN_ORDER = frozenset({Outcome.EQUAL, Outcome.ERASED})


class Replay(Struct, frozen=True):
    """The outcome with its reason; `difference` from the recorded answer to the one made now."""

    outcome: Outcome
    reason: str | None = None
    difference: Mapping[str, Any] | None = None


class Today(Struct, frozen=True):
    """What other knowledge would change of a recorded answer; no changes where it gives none."""

    changes: tuple[Change, ...]
    reason: str | None = None
    difference: Mapping[str, Any] | None = None


def read_sound(store: Store, entry: Entry) -> Recorded | Replay:
    """The record, or why it cannot be replayed."""
    if not is_sound(entry, entry.seq, entry.prev_hash):
        return Replay(Outcome.RECORD_CHANGED, _CHANGED)
    try:
        return read_record(store, entry)
    except ErasedError as error:
        return Replay(Outcome.ERASED, error.message)
    except AuditError as error:
        return Replay(Outcome.RECORD_CHANGED, error.message)


def replay(store: Store, versions: Versions, recorded: Recorded) -> Replay:
    """The answer made again under the knowledge and the site's policies that were recorded."""
    try:
        service = versions.find(store, recorded.knowledge, recorded.site_policies)
    except AuditError as error:
        return Replay(Outcome.KNOWLEDGE_MISSING, error.message)
    except (LoadError, PolicyError) as error:
        problem = error.message.partition("\n")[0]
        return Replay(Outcome.SOFTWARE_CHANGED, _UNREAD.format(problem=problem))
    if service is None:
        return Replay(Outcome.KNOWLEDGE_MISSING, _MISSING)
    return replay_with(service, recorded)


def replay_with(service: DecisionService, recorded: Recorded) -> Replay:
    """The same with a service of that knowledge and those policies."""
    try:
        answer = answer_again(service, recorded)
    except (EngineError, UnreadableInputError) as error:
        return Replay(Outcome.NO_ANSWER, why_none(error))
    text = answer_text(answer)
    if text == recorded.answer:
        return Replay(Outcome.EQUAL)
    same = recorded.software == (service.knowledge_version, software_hash())
    outcome = Outcome.DIFFERENT if same else Outcome.SOFTWARE_CHANGED
    _, parts = compare(json.loads(recorded.answer), json.loads(text))
    return Replay(outcome, difference=parts)


def today(service: DecisionService, recorded: Recorded) -> Today:
    """What the knowledge and the policies in use now would change of the recorded answer."""
    try:
        answer = answer_again(service, recorded)
    except (EngineError, UnreadableInputError) as error:
        return Today((), why_none(error))
    changes, parts = compare(json.loads(recorded.answer), as_json(answer))
    return Today(changes, difference=parts)


def why_none(error: EngineError | UnreadableInputError) -> str:
    """Why there is no answer, without a value of the person."""
    return _DISAGREED if isinstance(error, EngineError) else error.message
