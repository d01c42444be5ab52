"""A replay that was asked for over the interface; that it was made is part of the record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from cds.audit.store import Store
from cds.audit.turn import Draft, Receipt
from cds.errors import ErasedError
from cds.http.pipeline import RECORD_ID
from cds.http.service import DecisionService
from cds.model.decision import as_json
from cds.replay.recorded import Recorded, read_record
from cds.replay.replaying import Outcome, Replay, Today, replay, replay_with, today
from cds.replay.versions import Versions

REPLAY = "replay"


class Replays(Struct, frozen=True):
    """Replays records of the store; `service` holds what is in use now."""

    service: DecisionService
    store: Store
    versions: Versions

    def replay(
        self, id: str, kind: str, now: datetime, who: Mapping[str, Any] | None
    ) -> Mapping[str, Any] | None:
        """What comes of the record under its own knowledge and the present one, recorded first.

        None when there is none of that id and kind.
        Raises: AuditError when it cannot be read, was changed, or the replay cannot be recorded.
        """
        entry = self.store.get(id) if RECORD_ID.fullmatch(id) else None
        if entry is None or entry.kind != kind:
            return None
        software = None
        try:
            recorded = read_record(self.store, entry)
        except ErasedError as error:
            found, current = Replay(Outcome.ERASED, error.message), None
        else:
            software = recorded.software[0]
            found, current = self._replay(recorded), today(self.service, recorded)
        receipt = self._note({"of": id, "kind": kind, "who": who}, found, current, now)
        made_with = {"knowledge": entry.knowledge_sha256, "software": software}
        return {
            "decision": id,
            "kind": kind,
            "recorded": {**made_with, **as_json(found)},
            "current": self._told(current),
            "receipt": {"sequence": receipt.sequence, "hash": receipt.hash},
        }

    def _replay(self, recorded: Recorded) -> Replay:
        """What is in use serves where it is the same: nothing need be loaded."""
        site = (recorded.knowledge, recorded.site_policies)
        if site == (self.service.knowledge_sha256, self.service.site_policies):
            return replay_with(self.service, recorded)
        return replay(self.store, self.versions, recorded)

    def _note(
        self, about: Mapping[str, Any], found: Replay, current: Today | None, now: datetime
    ) -> Receipt:
        changes = None if current is None else as_json(current.changes)
        body = {**about, "recorded": found.outcome.value, "current": changes}
        draft = Draft(REPLAY, body, now, self.service.knowledge_sha256, sealed=False)
        return self.store.append(draft)

    def _told(self, found: Today | None) -> Mapping[str, Any] | None:
        if found is None:
            return None
        return {"knowledge": self.service.knowledge_sha256, **as_json(found)}
