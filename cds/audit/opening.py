"""Opens the record of an installation: its database, with the keys and the head beside it."""

from datetime import datetime

from sqlalchemy import select

from cds.audit.database import record
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.settings import Settings

KNOWLEDGE_CHANGED = "knowledge_changed"
_LAST_KNOWLEDGE = (
    select(record.c.knowledge_sha256)
    .where(record.c.knowledge_sha256 != "")
    .order_by(record.c.seq.desc())
    .limit(1)
)


def open_store(settings: Settings, secret: bytes) -> Store:
    """The record that the settings name.

    Raises: AuditError as `Store`.
    """
    keys = Keys(secret)
    return Store(settings.database, keys, Head(settings.data_dir, keys))


def note_knowledge(store: Store, sha256: str, now: datetime) -> None:
    """Records that other knowledge decides from now on, when the last record names another.

    Raises: AuditError.
    """
    with store.reading() as connection:
        before = connection.execute(_LAST_KNOWLEDGE).scalar()
    if before not in (None, sha256):
        body = {"before": before, "after": sha256}
        store.append(Draft(KNOWLEDGE_CHANGED, body, now, sha256, sealed=False))
