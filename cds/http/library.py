"""The knowledge as its authors look through it: rules with their cases, and drafts of topics."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cds.engine.compiler import Networks
from cds.errors import KnowledgeError, LoadError, Location, RuleCheckError
from cds.knowledge.base import Knowledge
from cds.knowledge.documents import LocatedDict, Problems
from cds.knowledge.files import ROOT
from cds.model.decision import as_json
from cds.model.rule import Rule
from cds.rules.base import STAGES, RuleBase
from cds.rules.case_book import RuleCase
from cds.service import compile_networks
from cds.stages.outcome import STATES

if TYPE_CHECKING:
    from cds.rules.topics import ReadTopic

_SHOWN = "draft.yaml"
_TOPIC = re.compile(r"[a-z][a-z0-9_]{0,80}", re.ASCII)


class Draft(Struct, frozen=True):
    """All rules as they would be with a draft: `topic` as stage.topic, `ids` of its rules."""

    topic: str
    ids: tuple[str, ...]
    rules: RuleBase
    networks: Networks


class Library(Struct, frozen=True):
    """The knowledge and the rules in use."""

    knowledge: Knowledge
    rules: RuleBase

    def find_rules(self, words: str = "", stage: str = "") -> tuple[Rule, ...]:
        """The rules of the stage that speak of every word, in their id, title, topic or facts."""
        asked = words.casefold().split()
        found = (rule for rule in self.rules if not stage or rule.stage == stage)
        return tuple(r for r in found if all(word in self._text_of(r) for word in asked))

    def cases_of(self, rule: Rule) -> tuple[RuleCase, ...]:
        """The cases beside its topic that name the rule, as they stand in the files now."""
        from cds.rules.cases import load_cases  # as with all that reads files, below too

        of = f"{rule.stage}/{rule.topic.topic}"
        book = load_cases(ROOT, self.rules, Problems(), of)
        return tuple(c for c in book if any(id_ == rule.id for _, id_ in c.expectations()))

    def beside(self, rule: Rule) -> dict[str, tuple[str, ...]]:
        """Each row of the clinical reference that the rule carries → the others that do too."""
        return {
            row: tuple(r.id for r in self.rules if row in r.reference and r.id != rule.id)
            for row in rule.reference
        }

    def proof_of(self, id: str) -> Mapping[str, Any]:
        """What proves a rule, as JSON: its cases, the rows that it carries, its version in use."""
        rule = self.rules.rules[id]
        return {
            "cases": [_case_view(case, id) for case in self.cases_of(rule)],
            "coverage": [
                {"row": row, "also_carried_by": others} for row, others in self.beside(rule).items()
            ],
            "history": [
                {
                    "version": rule.topic.version,
                    "date": rule.topic.dated.isoformat(),
                    "author": rule.topic.author,
                    "path": rule.topic.path,
                    "sha256": rule.sha256,
                }
            ],
        }

    def citing(self, citation: str) -> tuple[str, ...]:
        """The rules that rest on a source."""
        return tuple(r.id for r in self.rules if any(e.citation == citation for e in r.evidence))

    def read_draft(self, text: str) -> Draft:
        """One topic as its file would be, checked as strictly, in the place of the one there is.

        A draft counts as active here. What is checked of the whole, as the table of progression,
        stays for `python -m cds check`.
        Raises: LoadError with every problem, the place being a line of the draft.
        """
        from cds.rules.consistency import check_together, check_unique
        from cds.rules.loader import rules_hash

        problems = Problems()
        topic = self._read(text, problems)
        if topic is None or not topic.rules or problems.found:
            raise LoadError(problems.found or [_problem("No rule stands here. Write one.", 1)])
        others = [r for r in self.rules if f"{r.stage}.{r.topic.topic}" != topic.name]
        check_unique([*((r.id, r.location) for r in others), *topic.ids], problems)
        merged = sorted([*others, *topic.rules], key=lambda rule: rule.id)
        check_together(merged, problems)
        if problems.found:
            raise LoadError(problems.found)
        rules = RuleBase(MappingProxyType({r.id: r for r in merged}), rules_hash(merged))
        try:
            networks = compile_networks(self.knowledge, rules)
        except RuleCheckError as error:
            raise LoadError([error]) from None
        return Draft(topic.name, tuple(rule.id for rule in topic.rules), rules, networks)

    def _read(self, text: str, problems: Problems) -> "ReadTopic | None":
        from cds.loading import references_of
        from cds.rules.topics import read_topic

        with tempfile.TemporaryDirectory(prefix="cds-draft-") as folder:
            root = Path(folder)
            place = _place(root, text, problems)
            if place is None:
                return None
            return read_topic(place, root, references_of(self.knowledge), problems)

    def _text_of(self, rule: Rule) -> str:
        vocabulary = self.knowledge.vocabulary
        labels = (vocabulary[fact].label for fact in rule.facts if fact in vocabulary)
        return " ".join(
            (rule.id, rule.title, rule.because, *rule.reference, *rule.facts, *labels)
        ).casefold()


def _case_view(case: RuleCase, id: str) -> Mapping[str, Any]:
    expected = next(truth for truth, named in case.expectations() if named == id)
    return {
        "name": case.name,
        "expected": STATES[expected],
        "because": case.because,
        "given": as_json(case.given),
    }


def _place(root: Path, text: str, problems: Problems) -> Path | None:
    """Where the file of this draft would lie, as its header says; it is written there."""
    from cds.knowledge.yaml_reader import read_document

    shown = root / _SHOWN
    shown.write_text(text, encoding="utf-8", newline="")
    document = read_document(shown, root, problems)
    if document is None:
        return None
    problems.found += _misplaced(document)
    if problems.found:
        return None
    place = root / "rules" / document["stage"] / f"{document['topic']}.yaml"
    place.parent.mkdir(parents=True)
    return shown.rename(place)


def _misplaced(document: LocatedDict) -> Iterator[KnowledgeError]:
    if document.get("stage") not in STAGES:
        stages = ", ".join(STAGES)
        yield _problem(f"'stage' is none of these: {stages}.", document.lines.get("stage", 1))
    topic = document.get("topic")
    if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
        detail = "'topic' is not a name of lower-case letters, digits and '_'. Name the topic."
        yield _problem(detail, document.lines.get("topic", 1))


def _problem(detail: str, line: int) -> KnowledgeError:
    return KnowledgeError(detail, Location(_SHOWN, line))
