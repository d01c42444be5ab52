"""All knowledge and rules that ever decided, kept beside the records that name their hash.

Which of it is in use the record says: the last change, before any the last record that names one.
"""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, select

from cds.audit.database import knowledge, record
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import AuditError
from cds.knowledge.files import hash_files, knowledge_files
from cds.rules.in_use import rules_in_use, tell_apart

KNOWLEDGE_CHANGED = "knowledge_changed"
_LAST_NAMED = (
    select(record.c.knowledge_sha256)
    .where(record.c.knowledge_sha256 != "")
    .order_by(record.c.seq.desc())
    .limit(1)
)
# Not the last decision: a process that has not been started again goes on with what it has.
_LAST_CHANGE = _LAST_NAMED.where(record.c.kind == KNOWLEDGE_CHANGED)


def put_knowledge(store: Store, root: Path, sha256: str) -> None:
    """Keeps the knowledge and rule files under `root`, once.

    Raises: AuditError when they are not those of this hash, or cannot be committed.
    """
    with store.reading() as connection:
        if connection.execute(_kept(sha256)).first() is not None:
            return
    files = list(knowledge_files(root))
    if hash_files(files) != sha256:
        raise AuditError(
            "The knowledge files were changed while they were loaded, so that decisions could not "
            "be repeated. Start again."
        )
    text = json.dumps([(path, content.decode("utf-8")) for path, content in files])
    content = zlib.compress(text.encode("utf-8"))
    with store.turn() as turn:
        # Another process may have been first, since we looked.
        if turn.connection.execute(_kept(sha256)).first() is None:
            turn.connection.execute(insert(knowledge), {"sha256": sha256, "content": content})


def get_knowledge(store: Store, sha256: str) -> Mapping[str, bytes] | None:
    """The files of this hash by their paths, as `load_service` reads them; None when not kept.

    Raises: AuditError when they were changed since, or cannot be read.
    """
    with store.reading() as connection:
        content = connection.execute(_content(sha256)).scalar()
    if content is None:
        return None
    try:
        found = json.loads(zlib.decompress(content))
        files = {path: text.encode("utf-8") for path, text in found}
    except (zlib.error, ValueError):
        files = {}
    if hash_files(files.items()) != sha256:
        raise AuditError("Knowledge that was kept was changed afterwards. It is not used.")
    return files


def knowledge_in_use(store: Store) -> str | None:
    """The hash of the knowledge that was put to use last; None before any decided.

    Raises: AuditError.
    """
    with store.reading() as connection:
        for newest in (_LAST_CHANGE, _LAST_NAMED):
            found: str | None = connection.execute(newest).scalar()
            if found is not None:
                return found
    return None


def put_to_use(store: Store, sha256: str, by: Mapping[str, Any], now: datetime) -> bool:
    """Records that kept knowledge decides from now on, who says so, and which rules differ.

    False when it is in use already, or is the first that ever was: then nothing is recorded.
    Raises: AuditError.
    """
    before = knowledge_in_use(store)
    if before in (None, sha256):
        return False
    rules = [rules_in_use(get_knowledge(store, each) or {}) for each in (before, sha256)]
    body = {"before": before, "after": sha256, "by": by, "rules": tell_apart(*rules)}
    store.append(Draft(KNOWLEDGE_CHANGED, body, now, sha256, sealed=False))
    return True


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files under `folder`, to be loaded from there."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _kept(sha256: str) -> Select[str]:
    return select(knowledge.c.sha256).where(knowledge.c.sha256 == sha256)


def _content(sha256: str) -> Select[bytes]:
    return select(knowledge.c.content).where(knowledge.c.sha256 == sha256)
