"""The files of an input, read as streams: one JSON text at a time, whatever the size of a file."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from cds.errors import CdsError

_LINES, _WHOLE = (".ndjson", ".ndjson.gz"), (".json", ".json.gz")
_LONGEST = 50_000_000  # as `python -m cds decide` takes; a record of decades has some megabytes
_TOO_LONG = "The line is longer than {most:,} bytes. Split it."
_BROKEN_GZIP = (
    "From here the file is no gzip, or it ends early: its rest is not read. Fetch it anew."
)


class Source(Struct, frozen=True):
    """One file, named relative to the input; its size and time tell whether it was changed."""

    name: str
    path: Path
    size: int
    modified_ns: int


class Line(Struct, frozen=True):
    """One JSON text with its number, or why it cannot be read."""

    number: int
    text: bytes = b""
    fault: str | None = None


class Found(Struct, frozen=True):
    """The files to read in the order of their names, and the names of all others."""

    sources: tuple[Source, ...]
    others: tuple[str, ...]


def find_sources(where: Path) -> Found:
    """The files of an input: those under a folder, or one.

    Raises: CdsError when there is none, or one cannot be looked at.
    """
    if not where.exists():
        raise CdsError(f"{where} is not there. Name a file or a folder that is.")
    try:
        paths = [where] if where.is_file() else sorted(p for p in where.rglob("*") if p.is_file())
        found = [_source(path, where) for path in paths if _is_read(path)]
    except OSError as error:
        raise _unreadable(error) from None
    if not found:
        raise CdsError(
            f"{where} holds no FHIR file. Name an NDJSON file, or a directory with files that end "
            f"in {', '.join((*_LINES, *_WHOLE))}."
        )
    others = [str(path.relative_to(where)) for path in paths if not _is_read(path)]
    return Found(tuple(found), tuple(others))


class Reading:
    """One pass over a file; afterwards `sha256` is the hash of its bytes as they lie on disk."""

    def __init__(self, source: Source) -> None:
        """Raises: CdsError when the file cannot be opened."""
        try:
            self._raw = _Hashed(source.path.open("rb", buffering=0))
        except OSError as error:
            raise _unreadable(error) from None
        self._name = source.path.name

    @property
    def done(self) -> int:
        """How many bytes of the file were read."""
        return self._raw.count

    @property
    def sha256(self) -> str:
        """The hash of what was read."""
        return self._raw.digest.hexdigest()

    def lines(self) -> Iterator[Line]:
        """Each line that is not blank; a `.json` file is one.

        Raises: CdsError when the disk fails.
        """
        buffered, number = io.BufferedReader(self._raw, 1 << 20), 0
        try:
            stream: BinaryIO = buffered
            if self._name.endswith(".gz"):
                stream = gzip.GzipFile(fileobj=buffered, mode="rb")  # type: ignore[assignment]
            for number, line in enumerate(self._split(stream), 1):
                if line.fault or line.text.strip():
                    yield Line(number, line.text, line.fault)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield Line(number + 1, fault=_BROKEN_GZIP)
        except OSError as error:
            raise _unreadable(error) from None
        finally:
            while buffered.read(1 << 20):  # the hash is of the whole file
                pass
            buffered.close()

    def _split(self, stream: BinaryIO) -> Iterator[Line]:
        whole = self._name.endswith(_WHOLE)
        read = stream.read if whole else stream.readline
        while text := read(_LONGEST + 1):
            if len(text) <= _LONGEST or text.endswith(b"\n"):
                yield Line(0, text)
                continue
            yield Line(0, fault=_TOO_LONG.format(most=_LONGEST))
            while (text := read(1 << 20)) and (whole or not text.endswith(b"\n")):
                pass


class _Hashed(io.RawIOBase):
    """Counts and hashes what is read of a file."""

    def __init__(self, file: io.FileIO) -> None:
        self._file, self.digest, self.count = file, hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = self._file.readinto(buffer)
        self.digest.update(buffer[:size])
        self.count += size
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


def _source(path: Path, where: Path) -> Source:
    about = path.stat()
    name = path.name if path == where else path.relative_to(where).as_posix()
    return Source(name, path, about.st_size, about.st_mtime_ns)


def _is_read(path: Path) -> bool:
    return path.name.endswith((*_LINES, *_WHOLE)) and not path.name.startswith(".")


def _unreadable(error: OSError) -> CdsError:
    return CdsError(
        f"{error.filename or 'A file of the input'} cannot be read: {error.strerror}. Mend it and "
        "give the same command again."
    )
