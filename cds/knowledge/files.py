"""Where the knowledge and the rules stand, and the hash of all of them."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
_KINDS = (".py", ".yaml", ".csv", ".po", ".html")
_UNITS = os.path.join("knowledge", "units.yaml")


def content_hash(root: Path, *, with_cases: bool = False) -> str:
    """SHA-256 over every knowledge and rule file, by path and content; cases decide nothing."""
    return hash_files(knowledge_files(root, with_cases=with_cases))


def knowledge_files(root: Path, *, with_cases: bool = False) -> Iterator[tuple[str, bytes]]:
    """Every knowledge and rule file under `root` with its content, always in the same order."""
    files = [p for folder in ("knowledge", "rules") for p in (root / folder).rglob("*")]
    tables = [p for p in files if p.suffix in (".yaml", ".csv", ".po")]
    for path in sorted(p for p in tables if with_cases or not p.name.endswith(".cases.yaml")):
        yield path.relative_to(root).as_posix(), path.read_bytes()


def hash_files(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over files, by path and content, in the order given."""
    return _join_digests((path, _digest(content)) for path, content in files)


@cache
def package_hash() -> str:
    """SHA-256 over all of this package that a start reads: Python, knowledge, rules, cases, pages.

    The same for the whole life of a process, as that of its software is.
    """
    return _join_digests(_own_digests().items())


@cache
def software_hash() -> str:
    """SHA-256 over this package's Python, and the table of units that it reads for itself.

    The same for the whole life of a process, whatever becomes of the files meanwhile.
    """
    own = f"{ROOT}{os.sep}"
    told = ((path.removeprefix(own), digest) for path, digest in _own_digests().items())
    return _join_digests(one for one in told if one[0].endswith(".py") or one[0] == _UNITS)


def file_digests(root: Path) -> dict[str, bytes]:
    """SHA-256 of each file under `root` of a kind that a start reads, by path and in that order."""
    # A thousand of them: pathlib takes as long as all the rest.
    paths = (os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)
    return {path: _digest(_content(path)) for path in sorted(paths) if path.endswith(_KINDS)}


@cache
def _own_digests() -> Mapping[str, bytes]:
    return file_digests(ROOT)


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # a buffer is no use to who reads it all
        return file.read()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _join_digests(digests: Iterable[tuple[str, bytes]]) -> str:
    joined = hashlib.sha256()
    for path, digest in digests:
        joined.update(path.encode())
        joined.update(digest)
    return joined.hexdigest()
