"""An empty record for a test: brought to its shape once in a process, and copied."""

import tempfile
from functools import cache
from pathlib import Path

from cds.audit.store import Store

_NAME = "records.sqlite3"


def empty_record(folder: Path) -> str:
    """The URL of a new SQLite record in the folder."""
    path = folder / _NAME
    path.write_bytes(_shape())
    return f"sqlite:///{path}"


@cache
def _shape() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _NAME
        Store(f"sqlite:///{path}").close()
        return path.read_bytes()
