"""Where the knowledge and the rules stand, and the hash of all of them."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
_READ_AT_START = (".py", ".yaml", ".csv", ".po", ".html")


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
    digest = hashlib.sha256()
    for path, content in files:
        digest.update(path.encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


@cache
def package_hash() -> str:
    """SHA-256 over all of this package that a start reads: Python, knowledge, rules, cases, pages.

    The same for the whole life of a process, as that of its software is.
    """
    paths = (
        os.path.join(folder, name)  # a thousand of them: pathlib takes as long as all the rest
        for folder, _, names in os.walk(ROOT)
        for name in names
        if name.endswith(_READ_AT_START)
    )
    return hash_files((path, _content(path)) for path in sorted(paths))


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


@cache
def software_hash() -> str:
    """SHA-256 over this package's Python, and the table of units that it reads for itself.

    The same for the whole life of a process, whatever becomes of the files meanwhile.
    """
    files = sorted((*ROOT.rglob("*.py"), ROOT / "knowledge" / "units.yaml"))
    return hash_files((path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in files)
