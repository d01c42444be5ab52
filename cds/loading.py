"""Reads all knowledge and rules with what proves them: sound, or every problem at once."""

from pathlib import Path

from cds.errors import LoadError
from cds.knowledge.base import Knowledge
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.loader import load_knowledge
from cds.knowledge.vocabulary import Vocabulary
from cds.rules.base import RuleBase
from cds.rules.case_book import CaseBook
from cds.rules.cases import load_cases
from cds.rules.loader import load_rules
from cds.rules.progression_order import check_progression
from cds.rules.references import MissingNameError, References
from cds.rules.teaching_order import check_teaching


def load_sound(
    root: Path = ROOT, *, with_cases: bool = True
) -> tuple[Knowledge, RuleBase, CaseBook]:
    """The knowledge and rules under `root`, with what proves them, before a site chooses.

    Raises: LoadError with every problem of every file.
    """
    problems = Problems()
    knowledge = load_knowledge(root, problems)
    rules, cases = _rules(root, knowledge, problems, with_cases)
    if knowledge is None or problems.found:
        raise LoadError(problems.found)
    return knowledge, rules, cases


def _rules(
    root: Path, knowledge: Knowledge | None, problems: Problems, with_cases: bool
) -> tuple[RuleBase, CaseBook]:
    """The rules and their cases.

    With a fault in the knowledge a name that is missing there most likely belongs to that fault,
    which is told already; every other fault of the rules is told as well.
    """
    own, sound = Problems(), knowledge is not None and not problems.found
    rules = load_rules(root, references_of(knowledge), own)
    if knowledge is not None:
        check_progression(rules.rules, rules.unread, knowledge.progression, own)
        check_teaching(rules.rules, rules.unread, knowledge.teaching, own)
    cases = load_cases(root, rules, own) if with_cases else CaseBook()
    problems.found += [p for p in own.found if sound or not isinstance(p, MissingNameError)]
    return rules, cases


def references_of(knowledge: Knowledge | None) -> References:
    """The names that rules may use; none without knowledge."""
    if knowledge is None:
        nothing: frozenset[str] = frozenset()
        return References(Vocabulary(), nothing, nothing, {}, nothing, nothing, nothing)
    setting = knowledge.vocabulary.get("setting")
    return References(
        vocabulary=knowledge.vocabulary,
        citations=frozenset(knowledge.citations),
        movements=frozenset(knowledge.catalogue.movements),
        removed_by_tag=knowledge.catalogue.removed_by_tag,
        modalities=frozenset(knowledge.names.modalities),
        settings=frozenset(setting.values if setting else ()),
        teams=frozenset(knowledge.names.teams),
    )
