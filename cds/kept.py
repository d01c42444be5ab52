"""What a start found sound, kept beside the records, so that the next need not check it again.

What is kept holds for the very files, knowledge and Python alike, that it was made of, and only
whoever knows the secret of this installation can make it. The rules are kept as the Rete engine
takes them too; the other evaluator is built from the rules themselves at every start.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from cds.codec import read, write
from cds.knowledge.files import package_hash

T = TypeVar("T")


class Kept:
    """Files in the data directory, one for each part of what a start reads; `key` signs them."""

    def __init__(self, data_dir: Path, key: bytes) -> None:
        self._folder = data_dir
        self._key = key
        self._made_of = package_hash()

    def get(self, name: str, make: Callable[[], T], packages: Collection[str] = ()) -> T:
        """The part of that name; made, and kept for the next start, when nothing kept holds.

        `packages` are those of its classes. Raises: as `make`, which makes only what is sound.
        """
        found: T | None = self._read(name, packages)
        if found is None:
            found = make()
            self._write(name, found)
        return found

    def _read(self, name: str, packages: Collection[str]) -> Any:
        """What was kept, or None when there is nothing that holds for these files."""
        try:
            signature, _, text = self._path(name).read_bytes().partition(b"\n")
        except OSError:
            return None
        if not hmac.compare_digest(signature, self._sign(name, text)):
            return None
        return read(text, packages)

    def _write(self, name: str, value: Any) -> None:
        """Keeps what was checked; without room the next start is slow."""
        text = write(value)
        path = self._path(name)
        aside = path.with_name(f"{name}.{os.getpid()}")
        with suppress(OSError):
            aside.write_bytes(b"%b\n%b" % (self._sign(name, text), text))
            aside.replace(path)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _sign(self, name: str, text: bytes) -> bytes:
        """By its name, the text and what it was made of, so that a change of any voids it."""
        signed = hmac.new(self._key, f"{name}\n{self._made_of}\n".encode(), hashlib.sha256)
        signed.update(text)
        return signed.hexdigest().encode()
