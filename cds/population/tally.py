"""What is counted over all patients of a run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.model.decision import Disposition

_DECADE = 10
_UNKNOWN = "not known"
#: In the order of the answer: the most cautious first.
DISPOSITIONS = tuple(each.value for each in Disposition)
_MOST = 25  # rows of a list in the summary (O); all are in the tables


@dataclass(slots=True)
class Tally:
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
        self.questions.update(set(found["questions"]))
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
            "questions": dict(_most(self.questions)),
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
    first = age // _DECADE * _DECADE
    return f"{first}-{first + _DECADE - 1}"


def _age(item: tuple[str, Any]) -> float:
    first = item[0].partition("-")[0]
    return int(first) if first.isdigit() else float("inf")


def _ordered(found: Mapping[str, int]) -> dict[str, int]:
    return {name: found[name] for name in DISPOSITIONS if found.get(name)}


def _most(found: Counter[Any]) -> list[tuple[Any, int]]:
    """Ties in the order of the alphabet, so that the same run writes the same bytes."""
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
