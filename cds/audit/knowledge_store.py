"""All knowledge and rules that ever decided, kept beside the records that name their hash."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Select, insert, select

from cds.audit.database import knowledge
from cds.audit.store import Store
from cds.errors import AuditError
from cds.knowledge.files import hash_files, knowledge_files


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
