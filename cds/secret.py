"""The secret of this installation: kept beside the records, shared by all workers.

One file holds the secret in use behind those that it was rotated from, so that it is always whole.
"""

import hmac
import os
import secrets
from pathlib import Path

from msgspec import Struct

from cds.errors import SettingsError

#: The purpose of the key that pseudonyms are made with.
SUBJECTS = "subject"
_BYTES = 32
_FILE = "secret"


class Secret(Struct, frozen=True):
    """The secret in use, the last, and those before it, oldest first."""

    parts: tuple[bytes, ...]

    def derive(self, purpose: str) -> bytes:
        """A key of its own for each purpose, from the secret in use."""
        return derive_key(self.parts[-1], purpose)

    def derive_retired(self, purpose: str) -> tuple[bytes, ...]:
        """The keys that had this purpose before, oldest first."""
        return tuple(derive_key(part, purpose) for part in self.parts[:-1])

    def rotated(self) -> "Secret":
        """This one with a new secret in use."""
        return Secret((*self.parts, secrets.token_bytes(_BYTES)))


def read_secret(data_dir: Path) -> Secret:
    """The secret in the data directory; it is made when there is none.

    Raises: SettingsError when the file is not a secret or others can read it.
    """
    path = data_dir / _FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"Others can read {path}. Forms and pseudonyms rest on it: chmod 600.")
    found = path.read_bytes()
    if not found or len(found) % _BYTES:
        raise SettingsError(f"{path} is damaged. Restore it, or move it away for a new one.")
    return Secret(tuple(found[at : at + _BYTES] for at in range(0, len(found), _BYTES)))


def replace_secret(data_dir: Path, secret: Secret) -> None:
    """Puts the secret in the place of the one that is there, whole or not at all.

    Raises: OSError.
    """
    path = data_dir / _FILE
    aside = _write_aside(path, b"".join(secret.parts))
    aside.replace(path)
    folder = os.open(data_dir, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose."""
    return hmac.digest(secret, purpose.encode(), "sha256")


def pseudonym(key: bytes, subject_id: str) -> str:
    """What stands for a person in the records; only whoever holds the key can tell for whom."""
    return hmac.digest(key, subject_id.encode(), "sha256").hex()


def _make(path: Path) -> None:
    """Written aside and linked, so that another worker never sees half of it."""
    aside = _write_aside(path, secrets.token_bytes(_BYTES))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another worker was first
    finally:
        aside.unlink()


def _write_aside(path: Path, content: bytes) -> Path:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return aside
