"""Decisions and check-ins as they are recorded when a client asks for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from cds.audit.chain import Entry
from cds.audit.knowledge_store import put_knowledge
from cds.audit.store import Store
from cds.http.pipeline import Answer, Door, Pipeline
from cds.http.service import DecisionService
from cds.replay.recorded import Recorded, read_record
from cds.schemas.decision_request import read_decision_request
from cds.schemas.follow_up_request import read_follow_up_request
from tests.api.adult import DAY, body
from tests.audit.databases import NOW
from tests.follow_up.checking_in import body_of
from tests.replay.conftest import Version

Facts = Mapping[str, Any]
DOOR = Door(b"{}", NOW)


def keep(store: Store, *versions: Version) -> None:
    """Keeps the knowledge beside the record, as the service does when it starts."""
    for version in versions:
        put_knowledge(store, version.root, version.core.knowledge_sha256)


def pipeline(store: Store, core: DecisionService) -> Pipeline:
    """What decides and records."""
    return Pipeline(core, store, b"key of subjects")


def decide(
    store: Store,
    core: DecisionService,
    facts: Facts,
    conditions: Iterable[str] = (),
    door: Door = DOOR,
    **more: Any,
) -> Answer:
    """Somebody well, but for these facts."""
    asked = read_decision_request(dict(body(facts, conditions, **more)), core.terms, DAY)
    return pipeline(store, core).decide(asked, door)


def check_in(
    store: Store, core: DecisionService, facts: Facts, door: Door = DOOR, **more: Any
) -> Answer:
    """A check-in at which all is well, but for these facts."""
    asked = read_follow_up_request(body_of(facts, **more), core.terms, DAY)
    return pipeline(store, core).follow_up(asked, door)


def entry_of(store: Store, answer: Answer) -> Entry:
    """The record of an answer."""
    entry = store.get(answer.receipt.id)
    assert entry is not None
    return entry


def recorded(store: Store, answer: Answer) -> Recorded:
    """What the record says of an answer."""
    return read_record(store, entry_of(store, answer))
