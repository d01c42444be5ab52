"""What a browser keeps after signing in: which key it was and until when, sealed; never the key."""

import json
from datetime import datetime, timedelta

from cds.audit.keys import DataKey
from cds.errors import AuditError
from cds.secret import derive_key

LASTS = timedelta(hours=8)  # O: a working day, as long as a form stays open
_PURPOSE = "session"


class Sessions:
    """Seals sessions and opens them again."""

    def __init__(self, secret: bytes) -> None:
        self._key = DataKey(_PURPOSE, derive_key(secret, _PURPOSE))

    def seal(self, key_id: str, now: datetime) -> str:
        """A session that begins now."""
        told = {"key": key_id, "until": (now + LASTS).timestamp()}
        return self._key.seal(json.dumps(told), _PURPOSE)

    def key_id(self, sealed: str, now: datetime) -> str | None:
        """The id of the key that it was opened with, unless it has ended or is not ours."""
        try:
            told = json.loads(self._key.unseal(sealed, _PURPOSE))
        except AuditError:
            return None
        id: str = told["key"]
        return id if now.timestamp() < told["until"] else None
