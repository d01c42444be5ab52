"""The published cases, read where they lie; nothing of them is copied into the repository."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import cds

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("CDS_SHARED", Path(cds.__file__).parents[2] / "shared"))
CASES = SHARED / "clinical" / "cases"
ABSENT = "the published cases are absent; set CDS_SHARED to the directory of the reference material"
_FILES = {
    "safety_cases.json": "vectors",
    "paper_cases.json": "cases",
    "prescription_cases.json": "vectors",
}


@dataclass(frozen=True)
class Vector:
    """One published case: neutral inputs, expected answers, rows of the reference it is about."""

    id: str
    inputs: Mapping[str, Any]
    expected: Mapping[str, Any]
    refs: frozenset[str]
    tolerance: float
    policy: Mapping[str, str] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """The part of the id that names its topic: VEC-ACSM-001 is of ACSM, ci-rel-4 of ci."""
        parts = self.id.split("-")
        return parts[1] if parts[0] == "VEC" else parts[0]


def read_vectors() -> dict[str, Vector]:
    """Every case of the three files by id; empty where the files are absent."""
    found = {}
    for name, key in _FILES.items():
        path = CASES / name
        if path.is_file():
            for raw in json.loads(path.read_text(encoding="utf-8"))[key]:
                assert raw["id"] not in found, f"two cases are called {raw['id']}"
                found[raw["id"]] = Vector(
                    raw["id"],
                    raw["inputs"],
                    raw["expected"],
                    frozenset(raw.get("ref", ())),
                    raw.get("tolerance", 0.0),
                )
    return found


def read_listed(name: str) -> dict[str, str]:
    """The reason beside each case id of one of the lists of this folder."""
    content = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return {id_: entry["reason"] for entry in content["cases"] for id_ in entry["ids"]}


def read_disagreements() -> dict[str, Mapping[str, Any]]:
    """Cases whose expectation a second source contradicts, with both sources."""
    path = HERE.parent / "known_disagreements.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {entry["case"]: entry for entry in content["published_cases"]}
