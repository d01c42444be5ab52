"""What the commands of a rule author do."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cds.check import check
from cds.check.article import account_article
from cds.check.article_document import DOCUMENT as ARTICLE
from cds.check.article_document import write_article
from cds.check.case_runs import run_cases
from cds.check.mutation import Tally, tally_mutants
from cds.check.row_accounts import account_rows
from cds.check.rows_document import DOCUMENT, count_shares, write_document
from cds.check.safety import load_safety, write_pages
from cds.cli.authoring import FAILED
from cds.errors import CdsError, LoadError
from cds.http.loading import core_of, load_core
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.translations import renew
from cds.knowledge.wording_files import ABOUT, FOLDER, read_sentences
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE
from cds.rules.lock import read_lock, write_lock
from cds.service import load_service
from cds.web.catalogues import ABOUT as ABOUT_PAGES
from cds.web.catalogues import FOLDER as PAGES
from cds.web.catalogues import page_sentences
from cds.web.layout_file import load_layout


def run_check(options: argparse.Namespace) -> int:
    """Checks all knowledge and rules."""
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


def run_all_cases(_: argparse.Namespace) -> int:
    """Runs the cases beside the rules."""
    service = load_service()
    runs = list(run_cases(service, core_of(service).terms))
    problems = [problem for run in runs for problem in run.problems]
    _complain(problems)
    print(f"{len(runs)} cases, {len(problems)} problems.")
    return FAILED if problems else 0


def run_mutate(options: argparse.Namespace) -> int:
    """Says which small changes of the rules their cases notice."""
    service = load_service()
    if not any(rule.id.startswith(options.prefix) for rule in service.rules):
        raise CdsError(f"No active rule has an id that begins with '{options.prefix}'.")
    runs = tuple(run_cases(service, core_of(service).terms))
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


def run_lock(_: argparse.Namespace) -> int:
    """Locks the rules as they are."""
    problems = Problems()
    lock = read_lock(ROOT, problems) or {}
    changed = write_lock(ROOT, load_service().rules, lock)
    print(f"Locked: {len(changed)} rules are new or changed.")
    return 0


def run_coverage(options: argparse.Namespace) -> int:
    """Says how much of the clinical reference and of the source article is carried."""
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


def run_safety(options: argparse.Namespace) -> int:
    """Checks what docs/safety says, and writes its pages."""
    problems = Problems()
    safety = load_safety(ROOT.parent, problems)
    if problems.found:
        raise LoadError(problems.found)
    print(", ".join(f"{count} {name}" for name, count in safety.counts.items()) + ".")
    for name, text in write_pages(safety).items() if options.write else ():
        _write(ROOT.parent / name, text)
    return 0


def run_translations(_: argparse.Namespace) -> int:
    """Brings the catalogues of the handout and of the pages up to their English sentences."""
    problems = Problems()
    handout, _advice = read_sentences(ROOT, problems)
    _renew(FOLDER, handout, ABOUT)  # first: what is missing in it keeps the service from loading
    layout = load_layout(ROOT, load_core(with_cases=False), problems)
    if layout is None or problems.found:
        raise LoadError(problems.found)
    _renew(PAGES, page_sentences(layout), ABOUT_PAGES)
    return 0


def _renew(folder: str, sentences: Mapping[str, str], about: str) -> None:
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            left = renew(ROOT / folder / f"{language}.po", sentences, about)
            print(f"{folder}/{language}.po: {len(sentences)} sentences, {left} to translate.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CdsError(f"{path} cannot be written: {error.strerror}.") from None


def _complain(problems: Iterable[Exception]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)
