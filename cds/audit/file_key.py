"""The key that SQLCipher encrypts the whole database file with; it lies apart from the file."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cds.errors import SettingsError
from cds.secret import derive_key
from cds.settings import Settings

SETTING = "CDS_DATABASE_KEY_FILE"
_KEY = re.compile(rb"[0-9a-fA-F]{64}\s*")


@dataclass(frozen=True, slots=True)
class FileKey:
    """32 bytes that pages are encrypted with, as they are: no pass phrase is stretched."""

    value: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """What tells one key from another and says nothing of it, in hexadecimal."""
        return derive_key(self.value, "id of a key of the database file").hex()[:16]

    @property
    def raw(self) -> str:
        """The key as SQLCipher takes it when it is no pass phrase."""
        return f"x'{self.value.hex()}'"


def file_key_of(settings: Settings) -> FileKey | None:
    """The key of the database file as it is set; None when the file is not encrypted.

    Raises: SettingsError as `read_file_key`.
    """
    path = settings.database_key_file
    return read_file_key(path) if path else None


def read_file_key(path: Path) -> FileKey:
    """The key that a file holds.

    Raises: SettingsError when it cannot be read, others can read it, or it holds something else.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"Others can read {path} ({SETTING}): chmod 600.")
        found = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path} ({SETTING}) cannot be read: {error.strerror}. Without this key nothing opens "
            "the encrypted record. Put it back, or correct the path."
        ) from None
    if not _KEY.fullmatch(found):
        raise SettingsError(
            f"{path} ({SETTING}) does not hold a key of 64 hexadecimal digits. Put the key back; "
            "for a new record make one with `openssl rand -hex 32`."
        )
    return FileKey(bytes.fromhex(found.decode()))
