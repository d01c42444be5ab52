"""The check: every problem of everything that is written, at once."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct, field

from cds.check.article import account_article
from cds.check.case_runs import CaseRun, run_cases
from cds.check.corpus import (
    counts_of,
    overdue_topics,
    unknown_movements,
    unproved_rules,
    unproved_thresholds,
    unsaid_effects,
    unused_citations,
)
from cds.check.hazards import LOG
from cds.check.row_accounts import account_rows
from cds.check.safety import load_safety
from cds.errors import KnowledgeError, LoadError
from cds.knowledge.contradictions_file import load_contradictions
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.rules.lock import check_lock, read_lock
from cds.schemas.request_terms import terms_of
from cds.service import Service, load_service

_NOTHING: Mapping[str, int] = MappingProxyType({})


class CheckReport(Struct, frozen=True):
    """What is wrong (`problems`), what is weak (`warnings`), and how much was checked.

    Both are in the order of the files. Without a sound load nothing is counted.
    """

    problems: tuple[KnowledgeError, ...]
    warnings: tuple[KnowledgeError, ...] = ()
    counts: Mapping[str, int] = field(default_factory=lambda: _NOTHING)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check(root: Path = ROOT, *, today: date, strict: bool = False) -> CheckReport:
    """The report on the knowledge, the rules, their lock, cases and reference rows under `root`.

    `today` tells which reviews are due; `strict` takes warnings for problems.
    Raises: EngineError when the two evaluators disagree on a case.
    """
    try:
        service = load_service(root)
    except LoadError as error:
        return CheckReport(error.problems)
    problems = Problems()
    lock = read_lock(root, problems)
    if lock is not None:
        problems.found += check_lock(service.rules, lock)
    runs = _run(service, root, problems)
    problems.found += [problem for run in runs for problem in run.problems]
    problems.found += unproved_rules(service)
    problems.found += unsaid_effects(service)
    problems.found += overdue_topics(service, today)
    if root == ROOT:  # rows and claims are those of these rules; other rules carry others
        account_rows(service, root, problems)
        account_article(service, root, problems)
        if (root.parent / LOG).is_file():  # an installed copy has neither documents nor tests
            load_safety(root.parent, problems)
    warnings = [
        *unproved_thresholds(service, runs),
        *unused_citations(service, root),
        *unknown_movements(service),
    ]
    wrong = LoadError([*problems.found, *(warnings if strict else ())]).problems
    return CheckReport(wrong, LoadError(warnings).problems, counts_of(service, warnings))


def _run(service: Service, root: Path, problems: Problems) -> list[CaseRun]:
    before = len(problems.found)
    contradictions = load_contradictions(root, service.knowledge.vocabulary, problems)
    if len(problems.found) > before:
        return []
    return list(run_cases(service, terms_of(service.knowledge, contradictions)))
