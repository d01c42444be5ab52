"""What a browser keeps after signing in: who it was and until when, sealed; never a key."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from cds.audit.keys import DataKey
from cds.errors import AuditError
from cds.secret import derive_key

LASTS = timedelta(hours=8)  # O: a working day, as long as a form stays open
#: O: as long as a token is believed at most, as nobody here learns that an EHR ended a session.
LAUNCH_LASTS = timedelta(hours=1)
_PURPOSE = "session"


class Sessions:
    """Seals sessions and opens them again."""

    def __init__(self, secret: bytes) -> None:
        self._key = DataKey(_PURPOSE, derive_key(secret, _PURPOSE))

    def seal(self, key_id: str, now: datetime) -> str:
        """A session that begins now, of whoever gave the key."""
        return self._seal({"key": key_id}, now + LASTS)

    def seal_launch(self, ehr: str, who: str, now: datetime) -> str:
        """A session that begins now, of whoever launched the form from that EHR."""
        return self._seal({"ehr": ehr, "who": who}, now + LAUNCH_LASTS)

    def open(self, sealed: str, now: datetime) -> Mapping[str, str]:
        """`key`, or `ehr` and `who`, as they were sealed; empty when it ended or is not ours."""
        try:
            told = json.loads(self._key.unseal(sealed, _PURPOSE))
        except AuditError:
            return {}
        until: float = told.pop("until")
        return told if now.timestamp() < until else {}

    def _seal(self, told: Mapping[str, str], until: datetime) -> str:
        return self._key.seal(json.dumps({**told, "until": until.timestamp()}), _PURPOSE)
