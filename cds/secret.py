"""The secret of this installation: made once, kept beside the records, shared by all workers."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cds.errors import SettingsError

#: The purpose of the key that pseudonyms are made with.
SUBJECTS = "subject"
_BYTES = 32


def read_secret(data_dir: Path) -> bytes:
    """The secret in the data directory; it is made when there is none.

    Raises: SettingsError when the file is not a secret or others can read it.
    """
    path = data_dir / "secret"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"Others can read {path}. Forms and pseudonyms rest on it: chmod 600.")
    secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise SettingsError(f"{path} is damaged. Restore it, or move it away for a new one.")
    return secret


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def pseudonym(key: bytes, subject_id: str) -> str:
    """What stands for a person in the records; only whoever holds the key can tell for whom."""
    return hmac.new(key, subject_id.encode(), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    """Written aside and linked, so that another worker never sees half of it."""
    aside = path.with_name(f"secret.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another worker was first
    finally:
        aside.unlink()
