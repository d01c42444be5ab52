"""Tokens that may be used once: remembered by all processes and over restarts until they end."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, insert, select

from cds.audit.database import used_token
from cds.audit.store import Store


class UsedTokens:
    """The used tokens in the database of the records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, token: str, until: datetime, now: datetime) -> bool:
        """True the first time that this token comes; what has ended is forgotten.

        Raises: AuditError when it cannot be committed.
        """
        id = hashlib.sha256(token.encode()).hexdigest()
        # In a turn nobody else writes, so that two processes cannot both find nothing.
        with self._store.turn() as turn:
            used = select(used_token.c.id).where(used_token.c.id == id)
            if turn.connection.execute(used).first() is not None:
                return False
            ended = delete(used_token).where(used_token.c.until < int(now.timestamp()))
            turn.connection.execute(ended)
            row = {"id": id, "until": int(until.timestamp()) + 1}
            turn.connection.execute(insert(used_token), row)
        return True
