"""The commands of an author: check, cases, mutate, lock, coverage, translations."""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.check import check
from cds.check.article import account_article
from cds.check.article_document import DOCUMENT as ARTICLE
from cds.check.article_document import write_article
from cds.check.case_runs import run_cases
from cds.check.mutation import Tally, tally_mutants
from cds.check.row_accounts import account_rows
from cds.check.rows_document import DOCUMENT, count_shares, write_document
from cds.errors import CdsError, LoadError
from cds.http.core import load_core
from cds.knowledge.documents import Problems
from cds.knowledge.loader import ROOT
from cds.knowledge.translations import renew
from cds.knowledge.wording_files import FOLDER, read_sentences
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE
from cds.rules.lock import read_lock, write_lock
from cds.service import load_service

FAILED = 2


def add_commands(verbs: Any) -> None:
    """Adds each command to the subparsers of the command line."""
    checks = verbs.add_parser("check", help="check all knowledge and rules, and run their cases")
    checks.add_argument("root", nargs="?", type=Path, help="the folder with knowledge and rules")
    checks.add_argument("--strict", action="store_true", help="take warnings for problems")
    checks.add_argument("--warnings", action="store_true", help="show warnings too")
    checks.set_defaults(run=_check)
    cases = verbs.add_parser("cases", help="run the cases beside the rules")
    cases.set_defaults(run=_cases)
    mutate = verbs.add_parser(
        "mutate", help="change every rule in small ways: do its cases notice?"
    )
    mutate.add_argument("prefix", nargs="?", default="", help="only rules whose id begins so")
    mutate.set_defaults(run=_mutate)
    lock = verbs.add_parser("lock", help="lock the rules as they are, by version and hash")
    lock.set_defaults(run=_lock)
    coverage = verbs.add_parser("coverage", help="how much of the clinical reference is carried")
    coverage.add_argument(
        "--write", action="store_true", help="write the documents of docs/reference"
    )
    coverage.set_defaults(run=_coverage)
    translations = verbs.add_parser(
        "translations", help="bring the handout's catalogues up to its English sentences"
    )
    translations.set_defaults(run=_translations)


def _check(options: argparse.Namespace) -> int:
    today = datetime.now(UTC).date()
    found = check(options.root or ROOT, today=today, strict=options.strict)
    _complain(found.problems)
    if not found.sound:
        print(f"{len(found.problems)} problems.", file=sys.stderr)
        return FAILED
    for warning in found.warnings if options.warnings else ():
        print(f"warning: {warning}")
    counted = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    print(f"All knowledge and rules are sound: {counted}.")
    return 0


def _cases(_: argparse.Namespace) -> int:
    runs = list(run_cases(load_service(), load_core().terms))
    problems = [problem for run in runs for problem in run.problems]
    _complain(problems)
    print(f"{len(runs)} cases, {len(problems)} problems.")
    return FAILED if problems else 0


def _mutate(options: argparse.Namespace) -> int:
    service = load_service()
    if not any(rule.id.startswith(options.prefix) for rule in service.rules):
        raise CdsError(f"No active rule has an id that begins with '{options.prefix}'.")
    runs = tuple(run_cases(service, load_core().terms))
    tallies: list[Tally] = []
    for tally in tally_mutants(service, runs, options.prefix):
        _complain(tally.problems)
        tallies.append(tally)
    left = sum(len(tally.problems) for tally in tallies)
    print(
        f"{len(tallies)} rules: {sum(t.killed for t in tallies)} changes noticed by the cases, "
        f"{sum(t.proved for t in tallies)} proved to change nothing, "
        f"{sum(t.listed for t in tallies)} listed as changing nothing, {left} problems."
    )
    return FAILED if left else 0


def _lock(_: argparse.Namespace) -> int:
    problems = Problems()
    lock = read_lock(ROOT, problems) or {}
    changed = write_lock(ROOT, load_service().rules, lock)
    print(f"Locked: {len(changed)} rules are new or changed.")
    return 0


def _coverage(options: argparse.Namespace) -> int:
    problems, service = Problems(), load_service()
    accounts = account_rows(service, ROOT, problems)
    article = account_article(service, ROOT, problems)
    if problems.found:
        raise LoadError(problems.found)
    for share in count_shares(accounts):
        print(
            f"{share.name}: {share.carried} of {share.rows} rows carried ({share.percent:.1f} %), "
            f"critical or high {share.grave_carried} of {share.grave}."
        )
    counted = ", ".join(f"{count} {name}" for name, count in article.counts.items())
    print(f"source article: {counted}, {len(article.gaps)} gaps answered.")
    if options.write:
        _write(ROOT.parent / DOCUMENT, write_document(accounts))
        _write(ROOT.parent / ARTICLE, write_article(article))
    return 0


def _translations(_: argparse.Namespace) -> int:
    problems = Problems()
    sentences, _advice = read_sentences(ROOT, problems)
    if problems.found:
        raise LoadError(problems.found)
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            path = ROOT / FOLDER / f"{language}.po"
            left = renew(path, sentences)
            print(f"{path.name}: {len(sentences)} sentences, {left} to translate.")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CdsError(f"{path} cannot be written: {error.strerror}.") from None


def _complain(problems: Iterable[Exception]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)
