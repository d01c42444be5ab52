"""What becomes of the shared synthetic patients, as a table for docs/reference/patients.md.

python -m benchmarks.patients [--write]     the patients under CDS_SHARED, read in place
"""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.patient_counts import DAY, SCENES, Counts, Entries, count_patients
from cds.service import Service, load_service

ROOT = Path(__file__).parents[1]
DOCUMENT = "docs/reference/patients.md"
_NOTES = Path(__file__).parent / "patient_notes.yaml"
_SHOWN = 12
_TABLED = ("active condition", "condition", "active medication", "observation", "procedure")
# What decides now: what the person has and takes.
CURRENT = ("active condition", "active medication")
_REFERRED = ("recommended", "discontinue_and_clear")
_KIND = re.compile(r"\s*\((?:disorder|finding|situation|procedure)\)$")
_OUTCOMES = {
    "deceased": "has died: no prescription",
    "child": "too young: no dose is given",
    "emergency": "blocked: emergency",
    "do_not_exercise": "blocked: do not exercise",
    "hold_today": "blocked: not today",
    "clearance_first": "medical clearance first",
    "insufficient_data": "asked for data",
    "proceed_with_limits": "proceeds within limits",
    "proceed": "proceeds",
}
_HEAD = f"""\
# What becomes of 56 synthetic patients

Written by `python -m benchmarks.patients --write` with `CDS_SHARED` set; do not edit it by hand.
The patients are FHIR R4 records made by a generator and published elsewhere; they are read in
place, on {DAY.isoformat()}, and only counts stand here. They are no sample of any population.

## Decisions

"The record alone" is the Bundle as it comes: a record does not say what is absent. "Both lists
reviewed" adds that the lists of conditions and medicines are complete. "The first questions
answered" adds, where the record is silent, no symptom, no acute illness, no regular exercise and
the wish for moderate exercise.
"""


def shared_patients() -> Path:
    """The folder of the patients: under CDS_SHARED, or beside this repository."""
    return Path(os.environ.get("CDS_SHARED", ROOT.parent / "shared")) / "patients"


@dataclass(frozen=True, slots=True)
class Notes:
    """The published figure beside ours, and what unread texts mean for exercise."""

    published: Mapping[str, Any]
    by_text: Mapping[str, tuple[str, str]]


def read_notes() -> Notes:
    """The notes beside this module."""
    loaded = yaml.safe_load(_NOTES.read_text(encoding="utf-8"))
    by_text = {note["text"]: (note["matters"], note["because"]) for note in loaded["notes"]}
    return Notes(loaded["published"], by_text)


def document(folder: Path, service: Service) -> str:
    """The whole document in Markdown."""
    notes = read_notes()
    counts = count_patients(folder, service, notes.published["from_age"])
    parts = [_HEAD, *_decisions(counts), *_referral(counts, notes.published), *_mapping(counts)]
    parts += _relevant(counts, notes.by_text)
    for kind in _TABLED:
        parts += _unmapped(kind, counts.entries[kind], notes.by_text)
    return "\n".join(parts) + "\n"


def plain(text: str) -> str:
    """The text of a code without its kind and without invisible signs."""
    return _KIND.sub("", text.replace("\u200b", ""))


def _decisions(counts: Counts) -> Iterator[str]:
    titles = [scene.title for scene in SCENES]
    yield f"| outcome | {' | '.join(titles)} |"
    yield "|---|" + "---:|" * len(titles)
    for outcome, words in _OUTCOMES.items():
        found = [counts.outcomes[title].get(outcome, 0) for title in titles]
        if any(found):
            yield f"| {words} | {' | '.join(map(str, found))} |"
    yield f"| all | {' | '.join(str(counts.patients) for _ in titles)} |"


def _referral(counts: Counts, published: Mapping[str, Any]) -> Iterator[str]:
    from_age, people = published["from_age"], counts.adults_from_40
    yield f"\n## Referral by the ACSM algorithm from {from_age} years\n"
    yield "| who | people | referred before any exercise | share |"
    yield "|---|---:|---:|---:|"
    yield f"| {published['who']}, published | | | {published['share']} % |"
    for scene in SCENES:
        found = counts.clearances[scene.title]
        referred = sum(found.get(clearance, 0) for clearance in _REFERRED)
        undecided = found.get("insufficient_data", 0)
        decided = f"{100 * referred / people:.1f} %"
        share = f"not decided for {undecided}" if undecided else decided
        yield (
            f"| these patients of {from_age} and over, {scene.title} | {people} | {referred} "
            f"| {share} |"
        )
    yield f"\n{published['source']}"


def _mapping(counts: Counts) -> Iterator[str]:
    yield "\n## What of the records is understood\n"
    yield "| entries | all | read | known, nothing here depends on it | not read | understood |"
    yield "|---|---:|---:|---:|---:|---:|"
    for kind, found in counts.entries.items():
        yield (
            f"| {kind}s | {found.total} | {found.mapped} | {found.no_effect} | {found.unmapped} "
            f"| {found.percent} % |"
        )
    yield (
        "\nEvery entry that is not read comes back under `unmapped`. An active medication that is "
        "not read counts as any class: exertion only, moderate at most, until it is checked. A "
        "current condition that is not read is said in the summary and asked about. An observation "
        "counts as read also when a newer one of the same kind is used."
    )


@dataclass(frozen=True, slots=True)
class Relevant:
    """The entries that matter to exercise: read, asked of the person instead, or neither."""

    read: int
    asked: int
    open: int

    @property
    def percent(self) -> float:
        """The share that is read of those that have to be, in percent."""
        return 100 * self.read / (self.read + self.open)

    @property
    def strict_percent(self) -> float:
        """The same, with those that are asked of the person counted as not read."""
        return 100 * self.read / (self.read + self.open + self.asked)

    def __add__(self, other: "Relevant") -> "Relevant":
        return Relevant(self.read + other.read, self.asked + other.asked, self.open + other.open)


def relevant(found: Entries, notes: Mapping[str, tuple[str, str]]) -> Relevant:
    """The entries of one kind that matter; a text that nobody judged matters."""
    judged: Counter[str] = Counter()
    for text, count in found.entries.items():
        judged[notes.get(plain(text), ("yes", ""))[0]] += count
    return Relevant(found.mapped, judged["asked"], judged["yes"])


def _relevant(counts: Counts, notes: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The share of what matters now, and everything of it that is not read."""
    yield "\n## What matters to exercise now\n"
    yield (
        "| entries | read | not read | read, of both | asked of the person instead "
        "| read, of all three |"
    )
    yield "|---|---:|---:|---:|---:|---:|"
    found = {f"{kind}s": relevant(counts.entries[kind], notes) for kind in CURRENT}
    for title, of in (*found.items(), ("both", sum(found.values(), Relevant(0, 0, 0)))):
        share = f"{of.percent:.1f} % | {of.asked} | {of.strict_percent:.1f} %"
        yield f"| {title} | {of.read} | {of.open} | {share} |"
    yield (
        "\nAsked instead: the code alone would not decide, and the service asks the person. "
        "Not counted are entries that do not matter to exercise. These are not read:\n"
    )
    yield "| entry | entries | because |"
    yield "|---|---:|---|"
    for kind in CURRENT:
        for text, count in sorted(counts.entries[kind].entries.items(), key=_most):
            matters, because = notes.get(plain(text), ("yes", "not judged"))
            if matters != "no":
                asked = " (asked instead)" if matters == "asked" else ""
                yield f"| {plain(text)}{asked} | {count} | {because} |"


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _unmapped(kind: str, found: Entries, notes: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The texts of the most patients; ties in the order of the alphabet."""
    patients: dict[str, int] = {}
    for text, count in found.open.items():
        patients[plain(text)] = patients.get(plain(text), 0) + count
    first = sorted(patients.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    yield f"\n## Not read most often: {kind}s\n"
    yield f"{len(patients)} texts in all.\n"
    yield "| text | patients | matters to exercise | because |"
    yield "|---|---:|---|---|"
    for text, count in first:
        matters, because = notes.get(text, ("not judged", ""))
        yield f"| {text} | {count} | {matters} | {because} |"


def main() -> None:
    """Prints the document, or writes it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT}")
    write = parser.parse_args().write
    folder = shared_patients()
    if not folder.is_dir():
        sys.exit(f"{folder} is not there. Set CDS_SHARED to the folder that holds 'patients'.")
    text = document(folder, load_service())
    if write:
        (ROOT / DOCUMENT).write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
