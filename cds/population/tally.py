"""What is counted over all patients of a run."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from cds.model.decision import Disposition

_DECADE = 10
_OLDEST = 90  # from here on ages point to a person: 45 CFR 164.514(b)(2)
_UNKNOWN = "not known"
_UNRANKED: Mapping[Any, int] = {}
#: In the order of the answer: the most cautious first.
DISPOSITIONS = tuple(each.value for each in Disposition)
_MOST = 25  # rows of a list in the summary (O); all are in the decisions


class Tally(Struct):
    """Counts of patients; each patient counts once for each thing."""

    patients: int = 0
    undecided: int = 0
    plans: int = 0
    unmapped_texts: int = 0
    sign_off: Counter[str] = field(default_factory=Counter)
    disposition: Counter[str] = field(default_factory=Counter)
    by_age: dict[str, Counter[str]] = field(default_factory=dict)
    by_sex: dict[str, Counter[str]] = field(default_factory=dict)
    questions: Counter[str] = field(default_factory=Counter)
    question_ranks: Counter[str] = field(default_factory=Counter)
    contraindications: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unmapped_names: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, found: Mapping[str, Any]) -> None:
        """Adds a patient as `cds.population.deciding` wrote it."""
        row = found["row"]
        self.patients += 1
        if not row["decided"]:
            self.undecided += 1
            return
        disposition, age = row["disposition"], row["age"]
        self.plans += row["plan"]
        self.sign_off[row["clinical_sign_off"]] += 1
        self.disposition[disposition] += 1
        self.by_age.setdefault(_band(age), Counter())[disposition] += 1
        self.by_sex.setdefault(row["sex"] or _UNKNOWN, Counter())[disposition] += 1
        for rank, fact in enumerate(dict.fromkeys(found["questions"])):
            self.questions[fact] += 1
            self.question_ranks[fact] += rank
        self.contraindications.update(row["contraindications"].split())
        self.unmapped_texts += found["unmapped_texts"]
        self._add_unmapped(found["unmapped"])

    def as_json(self) -> dict[str, Any]:
        """The counts; lists begin with the most frequent."""
        return {
            "patients": self.patients,
            "decided": self.patients - self.undecided,
            "undecided": self.undecided,
            "with_plan": self.plans,
            "clinical_sign_off": dict(sorted(self.sign_off.items())),
            "disposition": _ordered(self.disposition),
            "disposition_by_age": {
                k: _ordered(v) for k, v in sorted(self.by_age.items(), key=_age)
            },
            "disposition_by_sex": {k: _ordered(v) for k, v in sorted(self.by_sex.items())},
            "questions": dict(_most(self.questions, self.question_ranks)),
            "contraindications": dict(_most(self.contraindications)),
            "unmapped": [
                {
                    "kind": key[0],
                    "system": key[1],
                    "code": key[2],
                    "text": self.unmapped_names[key],
                    "patients": count,
                }
                for key, count in _most(self.unmapped)
            ],
            "unmapped_codes": len(self.unmapped),
            "unmapped_without_code": self.unmapped_texts,
        }

    def _add_unmapped(self, items: list[Mapping[str, Any]]) -> None:
        named = {(i["kind"] or "", i["system"] or "", i["code"]): i["text"] or "" for i in items}
        self.unmapped.update(named.keys())
        for key, text in named.items():
            self.unmapped_names.setdefault(key, text)


def _band(age: int | None) -> str:
    """By decades, as no threshold of the rules is to shape the picture."""
    if age is None:
        return _UNKNOWN
    if age >= _OLDEST:
        return f"{_OLDEST} and over"
    first = age // _DECADE * _DECADE
    return f"{first}-{first + _DECADE - 1}"


def _age(item: tuple[str, Any]) -> float:
    first = re.match(r"\d+", item[0])
    return int(first[0]) if first else float("inf")


def _ordered(found: Mapping[str, int]) -> dict[str, int]:
    return {name: found[name] for name in DISPOSITIONS if found.get(name)}


def _most(found: Counter[Any], ranks: Mapping[Any, int] = _UNRANKED) -> list[tuple[Any, int]]:
    """Ties by rank, then by the alphabet, so that the same run writes the same bytes."""
    return sorted(found.items(), key=lambda item: (-item[1], ranks.get(item[0], 0), item[0]))[
        :_MOST
    ]
