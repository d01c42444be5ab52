"""Places of the service that carry something, and whether a place that is named exists."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from cds.calculators.registry import CALCULATORS
from cds.check.proofs import Proofs
from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems
from cds.knowledge.files import ROOT
from cds.knowledge.schema import suggest
from cds.knowledge.yaml_reader import read_document
from cds.service import Service

#: Separates a table from the entry of it that is meant, as in `goals.yaml#tsk11`.
ENTRY = "#"


class Place(Struct, frozen=True):
    """Where something is carried: what it is, its name, and how it carries it.

    `test` is the test, by its node id, that proves what a module of code does.
    """

    kind: str
    name: str
    how: str = ""
    test: str = ""


class Ground(Struct, frozen=True):
    """Where places are looked for; `root` holds `knowledge`. Each table is read once."""

    service: Service
    root: Path
    problems: Problems
    read: dict[str, frozenset[str]] = field(default_factory=dict)
    proofs: Proofs = field(default_factory=lambda: Proofs(ROOT.parent))

    def entries(self, table: str) -> frozenset[str]:
        """What the entries of this table may be called by."""
        if table not in self.read:
            path = self.root / "knowledge" / table
            self.read[table] = frozenset(_entry_names(path, self))
        return self.read[table]


_KNOWN: Mapping[str, Callable[[Service], Collection[str]]] = {
    "calculator": lambda _: CALCULATORS,
    "fact": lambda service: service.knowledge.vocabulary,
    "message": lambda service: service.knowledge.messages,
    "movement": lambda service: service.knowledge.catalogue.movements,
    "policy": lambda service: service.knowledge.policies,
    "profile": lambda service: service.knowledge.profiles.profiles,
    "rule": lambda service: service.rules.rules,
    "tag": lambda service: service.knowledge.catalogue.tags,
}
#: Kinds of place that an account may name.
KINDS = ("code", "table", *_KNOWN)


def check_place(place: Place, at: Location, ground: Ground) -> None:
    """Note a place that leads nowhere, at the place that names it."""
    if place.kind == "table":
        _check_table(place.name, at, ground)
    elif place.kind == "code":
        _check_code(place, at, ground)
    else:
        known = _KNOWN[place.kind](ground.service)
        if place.name not in known:
            hint = suggest(place.name, known)
            ground.problems.add(f"There is no {place.kind} '{place.name}'. Correct it.{hint}", at)


def entries_of(value: Any) -> Iterator[LocatedDict]:
    """Every mapping within what was read, the outer before the inner."""
    if isinstance(value, LocatedDict):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from entries_of(part)


def _check_table(name: str, at: Location, ground: Ground) -> None:
    file, _, entry = name.partition(ENTRY)
    if not (ground.root / "knowledge" / file).is_file():
        ground.problems.add(f"There is no table '{file}'. Correct it.", at)
    elif entry and entry not in (found := ground.entries(file)):
        hint = suggest(entry, found)
        ground.problems.add(f"The table '{file}' has no entry '{entry}'. Correct it.{hint}", at)


def _entry_names(path: Path, ground: Ground) -> Iterator[str]:
    """What the entries of a YAML table may be called by: keys, and the texts beside them."""
    if path.suffix != ".yaml":
        return
    for entry in entries_of(read_document(path, ground.root, ground.problems)):
        yield from entry
        for value in entry.values():
            texts = value if isinstance(value, list) else [value]
            yield from (text for text in texts if isinstance(text, str))


def _check_code(place: Place, at: Location, ground: Ground) -> None:
    """A module has to exist, and the test that proves what it does.

    Tests stand beside the source only; an installed copy has none to look at.
    """
    home = ROOT.parent
    if not (home / place.name).is_file():
        ground.problems.add(f"There is no module '{place.name}'. Correct it.", at)
    fault = ground.proofs.fault(place.test) if (home / "pyproject.toml").is_file() else ""
    if fault:
        ground.problems.add(f"{fault} Nothing proves what '{place.name}' does.", at)
