"""The software of others in the service: what it is for, and what is known to go wrong."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields
from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import KnowledgeSchema, Text, load_documents

NOTES = "docs/safety/soup.yaml"
LOCKS = ("requirements.lock", "requirements-encrypted.lock")
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)(?:\[[a-z,]+\])?==(?P<version>[^ ;]+)")


class Anomaly(Struct, frozen=True):
    """Something known to go wrong, how that is known, and what we do about it."""

    anomaly: str
    known_from: str
    answer: str


class Package(Struct, frozen=True):
    """Software of others: the version that was looked at, what it is for, what is known of it."""

    name: str
    version: str
    purpose: str
    anomalies: tuple[Anomaly, ...]


class Soup(Struct, frozen=True):
    """What the locks install, and what the service finds on its machine."""

    locked: tuple[Package, ...]
    around: tuple[Package, ...]


class _AnomalySchema(KnowledgeSchema):
    anomaly = Text(required=True)
    known_from = Text(required=True)
    answer = Text(required=True)


class _PackageSchema(KnowledgeSchema):
    name = Text(required=True)
    version = Text(required=True)
    purpose = Text(required=True)
    anomalies = fields.List(fields.Nested(_AnomalySchema), load_default=list)


class _SoupSchema(KnowledgeSchema):
    description = Text(required=True)
    locked = fields.List(fields.Nested(_PackageSchema), required=True)
    around = fields.List(fields.Nested(_PackageSchema), required=True)


def load_soup(home: Path, problems: Problems) -> Soup:
    """The notes in the source tree at `home`; where they and the locks differ is noted."""
    for _, document, loaded in load_documents(home, NOTES, _SoupSchema(), problems):
        soup = Soup(*(tuple(map(_package, loaded[key])) for key in ("locked", "around")))
        lines = {entry["name"]: entry.line for entry in document["locked"]}
        _compare(soup.locked, lines, dict(_pins(home)), problems)
        return soup
    return Soup((), ())


def _package(entry: Mapping[str, Any]) -> Package:
    return Package(**{**entry, "anomalies": tuple(Anomaly(**a) for a in entry["anomalies"])})


def _pins(home: Path) -> Iterator[tuple[str, str]]:
    for lock in LOCKS:
        for line in (home / lock).read_text(encoding="utf-8").splitlines():
            if pin := _PIN.match(line):
                yield pin["name"], pin["version"]


def _compare(
    noted: tuple[Package, ...],
    lines: Mapping[str, int],
    pins: Mapping[str, str],
    problems: Problems,
) -> None:
    for package in noted:
        if pins.get(package.name) != package.version:
            problems.add(
                f"The lock has {package.name} {pins.get(package.name, 'no longer')}, not "
                f"{package.version}. Read what changed, look at its anomalies, write the version.",
                Location(NOTES, lines[package.name]),
            )
    for name in pins.keys() - lines.keys():
        problems.add(
            f"The lock installs {name}, of which nothing is said. Say what it is for and what is "
            "known to be wrong with it.",
            Location(NOTES, 1),
        )
