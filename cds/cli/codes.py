"""What the command does that says why a record was read as it was."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from msgspec import to_builtins

from cds.cli.deciding import read_document
from cds.errors import CdsError, LoadError
from cds.fhir.matches import Match
from cds.fhir.origins import Origin, Origins, trace_bundle
from cds.knowledge.code_tables import plain_text
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.schema import suggest
from cds.knowledge.terminology import Terminology
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.model.intake import Unmapped


def run_explain(options: argparse.Namespace) -> int:
    """Says why a record was read as it was."""
    vocabulary, terminology = _load()
    day = options.evaluation_date or datetime.now(UTC).date()
    asked = None if options.asked is None else _named(options.asked, vocabulary, terminology)
    found = trace_bundle(
        read_document(options.file),
        evaluation_date=day,
        vocabulary=vocabulary,
        terminology=terminology,
    )
    if asked is not None:
        found = Origins(tuple(o for o in found.read if o.id == asked), (), ())
    if options.json:
        json.dump(to_builtins(found), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print("\n".join(_lines(found, asked)))
    return 0


@cache
def _load() -> tuple[Vocabulary, Terminology]:
    """Facts and codes alone: no rule is needed to say how a record is read.

    Raises: LoadError with every problem of their files.
    """
    problems = Problems()
    terminology = load_terminology(ROOT, problems, load_procedures(ROOT, problems))
    vocabulary = load_vocabulary(ROOT, problems)
    if problems.found or terminology is None:
        raise LoadError(problems.found)
    return vocabulary, terminology


def _named(asked: str, vocabulary: Vocabulary, terminology: Terminology) -> str:
    """The id that is asked for: of a condition, medication class, procedure or fact, or its name.

    Raises: CdsError with the closest id when there is none.
    """
    labels = {
        **{fact.name: fact.label for fact in vocabulary.values() if fact.submittable},
        **terminology.procedures,
        **terminology.medications,
        **terminology.conditions,
    }
    if asked in labels:
        return asked
    plain = plain_text(asked)
    named = [id_ for id_, label in labels.items() if plain_text(label) == plain]
    named += sorted(terminology.condition_ids_by_text(asked))
    if not named:
        raise CdsError(f"Nothing here is called '{asked}'.{suggest(asked, labels)}")
    return named[0]


def _lines(found: Origins, asked: str | None) -> Iterator[str]:
    if asked is not None and not found.read:
        yield f"Nothing in this record was read as {asked}."
        return
    for origin in found.read:
        yield from _origin(origin)
    yield from _listed("Not read", (_unread(item) for item in found.not_read))
    yield from _listed(
        "Not used", (f"{r.name}: {r.reason} {r.source or ''}".rstrip() for r in found.not_used)
    )


def _origin(origin: Origin) -> Iterator[str]:
    value = "" if origin.value is None else f" = {origin.value} {origin.unit or ''}".rstrip()
    at = f", {origin.at}" if origin.at else ""
    yield f'{origin.id}{value} ({origin.kind} "{origin.label}", {origin.status}{at})'
    yield f"  from {origin.source}{' at ' if origin.pointer else ''}{origin.pointer}"
    for match in origin.matches:
        yield f"  by {_match(match)}"
    if origin.follows_from:
        yield f"  follows from {', '.join(origin.follows_from)}"
    if origin.note:
        yield f"  note: {origin.note}"


def _match(match: Match) -> str:
    if match.by == "element":
        return f"the element {match.matched}"
    system = f"{match.system} " if match.system else ""
    display = f' "{match.display}"' if match.display else ""
    told = {
        "code": f"the code {system}{match.matched}{display}",
        "prefix": f"the code {system}{match.sent}, which begins with {match.matched}{display}",
        "name": f'the name "{match.sent}"',
    }[match.by]
    if match.by == "name" and match.matched != match.sent:
        told += f", of {system}{match.matched}{display}"
    return f"{told}; value set {match.value_set}; {match.status}: {match.listed_in}"


def _unread(item: Unmapped) -> str:
    named = " ".join(part for part in (item.text, item.system, item.code) if part)
    doubt = "" if item.may_matter else " (does not count)"
    past = " (over)" if item.past else ""
    note = f": {item.note}" if item.note else ""
    return f"{item.kind} {named}{past}{doubt}{note}"


def _listed(title: str, entries: Iterable[str]) -> Iterator[str]:
    told = list(entries)
    if told:
        yield ""
        yield f"{title}:"
        yield from (f"  {entry}" for entry in told)
