"""A copy of the record in an SQLite file, made while the service runs."""

import os
from contextlib import closing
from pathlib import Path

from cds.audit.database import create_file, failing_as, file_of, open_engine
from cds.audit.file_key import file_key_of
from cds.errors import AuditError
from cds.settings import Settings

_NO_COPY = "The backup cannot be written. Look at the disks, and remove what is left of it."


def back_up(settings: Settings, to: Path) -> None:
    """Writes what the record is at one moment, under the key of the record where it has one.

    Raises: AuditError when there is something already, or it cannot be written; SettingsError.
    """
    engine = open_engine(settings.database, file_key_of(settings))
    if file_of(engine) is None:
        raise AuditError("PostgreSQL is backed up with its own pg_dump.")
    if to.exists():
        raise AuditError(f"{to} is there already. Nothing was changed. Name a new file.")
    try:
        with failing_as(_NO_COPY):
            create_file(to)
            with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
                cursor.execute("VACUUM INTO ?", (str(to),))
            with to.open("rb") as made:
                os.fsync(made.fileno())
    finally:
        engine.dispose()
