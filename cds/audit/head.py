"""The head of the chain, signed and kept outside the database.

A chain alone does not show that its end was cut off, that an old copy was put in its place, or
that all of it was written anew. The head that stands beside it does, to whoever trusts the
directory it stands in; a checkpoint that was carried elsewhere does so without.
"""

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct
from msgspec.structs import asdict

from cds.audit.canonical import canonical
from cds.audit.chain import Entry
from cds.audit.keys import Keys
from cds.errors import AuditError

# One sector: it is written in its place, whole or not at all, also on a full disk.
_BYTES = 512
_CONTEXT = b"exercise-cds checkpoint v1\n"
#: How many records lie between the checkpoints that are kept.
EVERY = 1_000


class Checkpoint(Struct, frozen=True):
    """That a chain of `size` records ended in `hash` at `time` (UTC)."""

    size: int
    hash: str
    time: str

    def signature(self, keys: Keys) -> str:
        """The signature of the installation (Ed25519), in hexadecimal."""
        return keys.signing.sign(self._signed_bytes()).hex()

    def signed(self, keys: Keys, signature: str | None = None) -> str:
        """One line of JSON with the signature, where it is not made already, and the public key."""
        made = signature or self.signature(keys)
        members = {**asdict(self), "public_key": keys.public, "signature": made}
        return canonical(members)

    def is_signed(self, signature: str, public: str) -> bool:
        """Whether the owner of the public key made this signature."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            key.verify(bytes.fromhex(signature), self._signed_bytes())
        except (ValueError, InvalidSignature):
            return False
        return True

    def _signed_bytes(self) -> bytes:
        return _CONTEXT + canonical(asdict(self)).encode("utf-8")


def checkpoint_at(entry: Entry) -> Checkpoint:
    """What is signed with that record."""
    return Checkpoint(entry.seq, entry.hash, entry.created)


def read_checkpoint(line: str | bytes, publics: Collection[str] | None = None) -> Checkpoint:
    """The checkpoint of that line; with `publics`, only when one of these keys signed it.

    Raises: AuditError when it is not one, or its signature does not hold.
    """
    try:
        members: dict[str, Any] = json.loads(line)
        found = Checkpoint(members["size"], members["hash"], members["time"])
        signed = members["signature"]
        if publics is not None and not any(found.is_signed(signed, each) for each in publics):
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise AuditError(
            "A checkpoint is damaged or was not signed by this installation. Nothing was changed. "
            "Restore the data directory, or look into who changed it."
        ) from None
    return found


class Head:
    """The file that holds the newest checkpoint, and beside it those of every thousandth record."""

    def __init__(self, data_dir: Path, keys: Keys) -> None:
        self._path = data_dir / "head"
        self._kept = data_dir / "checkpoints"
        self._destroyed = data_dir / "destroyed"
        self._keys = keys

    def read(self) -> Checkpoint | None:
        """The head, its signature checked; None when there never was one.

        Raises: AuditError when it is damaged or signed by somebody else; OSError.
        """
        return self._read(self._keys.publics)

    def glance(self) -> Checkpoint | None:
        """The head, its signature not checked."""
        return self._read(None)

    def advance(self, to: Checkpoint, signature: str | None = None, by: Keys | None = None) -> None:
        """Moves the head on, unless another process has moved it further.

        A `signature` that is made already was made with the keys `by`.
        """
        with self._locked(fcntl.LOCK_EX) as descriptor:
            found = os.pread(descriptor, _BYTES, 0)
            if not found or read_checkpoint(found).size < to.size:
                line = to.signed(by or self._keys, signature)
                os.pwrite(descriptor, line.encode().ljust(_BYTES), 0)
        if to.size and to.size % EVERY == 0:
            self.keep(to)

    def reset(self, to: Checkpoint) -> None:
        """Sets the head back, when an operator has accepted a loss."""
        with self._locked(fcntl.LOCK_EX) as descriptor:
            os.pwrite(descriptor, to.signed(self._keys).encode().ljust(_BYTES), 0)
        if self._kept.exists():
            self._kept.rename(self._kept.with_name(f"checkpoints.{to.time}"))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Adds to the checkpoints that stay."""
        _add_lines(self._kept, [checkpoint.signed(self._keys)])

    def note_destroyed(self, ids: Iterable[str]) -> None:
        """Adds to the data keys that must not come back with a backup."""
        _add_lines(self._destroyed, ids)

    def destroyed(self) -> frozenset[str]:
        """The data keys that must not come back."""
        lines = self._destroyed.read_text().split() if self._destroyed.exists() else ()
        return frozenset(lines)

    def kept(self) -> tuple[Checkpoint, ...]:
        """The checkpoints that stay, and the head, by size; signatures checked.

        Raises: AuditError when one is damaged.
        """
        lines = self._kept.read_text().splitlines() if self._kept.exists() else []
        found = [read_checkpoint(line, self._keys.publics) for line in lines]
        head = self.read()
        return tuple(sorted([*found, *([head] if head else [])], key=lambda c: c.size))

    def _read(self, publics: Collection[str] | None) -> Checkpoint | None:
        if not self._path.exists():
            return None
        with self._locked(fcntl.LOCK_SH) as descriptor:
            found = os.pread(descriptor, _BYTES, 0)
        return read_checkpoint(found, publics) if found else None

    @contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        flags = os.O_RDONLY if how == fcntl.LOCK_SH else os.O_RDWR | os.O_CREAT
        descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)


def _add_lines(path: Path, lines: Iterable[str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
