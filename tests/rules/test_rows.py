"""Every row of the clinical reference is carried, or explained; the document says where."""

import shutil
from collections.abc import Callable
from dataclasses import replace as replace_dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from cds.check.row_accounts import NOT_CARRIED, Account, account_rows
from cds.check.row_places import ELSEWHERE
from cds.check.rows import TABLE, load_rows
from cds.check.rows_document import DOCUMENT, count_shares, write_document
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.service import Service
from tests.rules.reference_rows import FOLDER, stated_rows

_FILES = (TABLE, ELSEWHERE, NOT_CARRIED)


@pytest.fixture(scope="module")
def accounts(service: Service) -> tuple[Account, ...]:
    problems = Problems()
    found = account_rows(service, ROOT, problems)
    assert [str(problem) for problem in problems.found] == []
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A root with what accounts for the rows."""
    for folder in ("intensity", "hiit", "profiles"):
        shutil.copytree(ROOT / "knowledge" / folder, tmp_path / "knowledge" / folder)
    for name in _FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def report(service: Service, copy: Path) -> Callable[..., list[str]]:
    """What is reported after `old` became `new` in one of the files."""

    def report(name: str, old: str, new: str, with_service: Service = service) -> list[str]:
        path = copy / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new, 1))
        problems = Problems()
        account_rows(with_service, copy, problems)
        return [str(problem) for problem in problems.found]

    return report


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the reference is absent; set CDS_SHARED to it")
def test_the_list_of_rows_is_that_of_the_reference() -> None:
    rows = load_rows(ROOT, Problems()).values()
    assert list(stated_rows()) == [(r.id, r.file, r.section, r.severity) for r in rows]


def test_the_document_is_up_to_date(accounts: tuple[Account, ...]) -> None:
    written = (ROOT.parent / DOCUMENT).read_text(encoding="utf-8")
    assert write_document(accounts) == written, "run 'python -m cds coverage --write'"


def test_at_least_97_of_100_rows_are_carried(accounts: tuple[Account, ...]) -> None:
    share = count_shares(accounts)[-1]
    assert (share.name, share.rows) == ("all", 668)
    assert share.percent >= 97


def test_every_critical_and_high_row_is_carried(accounts: tuple[Account, ...]) -> None:
    grave = [a for a in accounts if a.row.severity in ("critical", "high")]
    assert len(grave) == 284
    assert [account.row.id for account in grave if not account.places] == []


def test_a_row_with_neither_place_nor_reason_is_reported(report: Callable[..., list[str]]) -> None:
    extra = "NEW-ROW,screening.md,1.1,low\nSCREEN-DEF-REG,"
    (told,) = report(TABLE, "SCREEN-DEF-REG,", extra)
    assert "knowledge/reference_rows.csv:2: Nothing carries 'NEW-ROW'" in told


def test_a_reason_does_not_excuse_a_critical_row(
    copy: Path, report: Callable[..., list[str]]
) -> None:
    path = copy / NOT_CARRIED
    excuse = "not_carried:\n  - {row: MED-NEW, reason: Trial., needs: Nothing.}\n"
    path.write_text(path.read_text().replace("not_carried: []\n", excuse, 1))
    (told,) = report(TABLE, "MED-DHP,", "MED-NEW,medications.md,,critical\nMED-DHP,")
    assert "'MED-NEW' is critical and nothing carries it" in told


def test_a_reason_for_a_row_that_is_carried_is_reported(report: Callable[..., list[str]]) -> None:
    excuse = "not_carried:\n  - {row: MED-DHP, reason: Trial., needs: Nothing.}\n"
    told = report(NOT_CARRIED, "not_carried: []\n", excuse)
    assert any("'MED-DHP' is carried and explained as not carried" in line for line in told)


def test_a_rule_that_names_an_unknown_row_is_reported(
    service: Service, report: Callable[..., list[str]]
) -> None:
    rule = next(rule for rule in service.rules if rule.reference == ("CONTRA-OSTEO-FLEX",))
    misspelt = replace_dataclass(rule, reference=("CONTRA-OSTEO-FLEX", "CONTRA-OSTEO-FLEKS"))
    rules = replace(service.rules, rules={**service.rules.rules, rule.id: misspelt})
    (told,) = report(TABLE, "id,", "id,", replace(service, rules=rules))
    place = f"{rule.location}: "
    assert told.startswith(place)
    assert told.removeprefix(place) == (
        "'CONTRA-OSTEO-FLEKS' is no row of the clinical reference. Correct it. "
        "Did you mean 'CONTRA-OSTEO-FLEX'?"
    )


def test_a_place_that_does_not_exist_is_reported(report: Callable[..., list[str]]) -> None:
    told = report(ELSEWHERE, "kind: profile, name: t2d", "kind: profile, name: t2")
    assert any("There is no profile 't2'." in line for line in told)


def test_a_row_that_stands_twice_is_reported(report: Callable[..., list[str]]) -> None:
    twice = "SCREEN-DEF-REG,screening.md,1.1,\nSCREEN-DEF-REG,"
    (told,) = report(TABLE, "SCREEN-DEF-REG,", twice)
    assert "'SCREEN-DEF-REG' stands twice" in told
