"""Citations: complete, once each, and honest about how much was read."""

from pathlib import Path

import pytest

from cds.knowledge.citation_files import load_evidence
from cds.knowledge.citations import Citation
from cds.knowledge.documents import Problems

_GOOD = """\
clinical_sign_off: pending
citations:
  - id: author-2001
    text: Author 2001, a title, a journal
    year: 2001
    url: https://example.org/paper
    page_key: AUT01
    read: page read
"""


def _load(root: Path, problems: Problems, **files: str) -> dict[str, Citation]:
    place = root / "knowledge" / "evidence"
    place.mkdir(parents=True)
    for name, text in files.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return dict(load_evidence(root, problems))


def test_the_citations_as_shipped_have_no_fault(package: Path, problems: Problems) -> None:
    load_evidence(package, problems)
    assert [str(problem) for problem in problems.found] == []


def test_a_citation_keeps_what_was_written(tmp_path: Path, problems: Problems) -> None:
    assert _load(tmp_path, problems, x=_GOOD) == {
        "author-2001": Citation(
            id="author-2001",
            text="Author 2001, a title, a journal",
            read="page_read",
            year=2001,
            url="https://example.org/paper",
            page_key="AUT01",
        )
    }


def test_a_citation_that_was_not_read_needs_no_address(tmp_path: Path, problems: Problems) -> None:
    text = (
        _GOOD.replace("https://example.org/paper", "null")
        .replace("2001\n    url", "null\n    url")
        .replace("    page_key: AUT01\n", "")
        .replace("page read", "not re-checked")
    )
    citation = _load(tmp_path, problems, x=text)["author-2001"]
    assert (citation.url, citation.year, citation.page_key) == (None, None, None)
    assert citation.read == "not_rechecked"


def test_one_citation_in_two_files_is_refused(tmp_path: Path, problems: Problems) -> None:
    _load(tmp_path, problems, a=_GOOD, b=_GOOD)
    assert [str(problem) for problem in problems.found] == [
        "knowledge/evidence/b.yaml:3: The citation 'author-2001' is already listed in "
        "knowledge/evidence/a.yaml:3. Two sources of one name cannot be told apart. Keep one."
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("author-2001", "Author_2001", 3, "kebab-case"),
        ("year: 2001", "year: about", 5, "Not a valid integer"),
        ("year: 2001", "year: 2001.5", 5, "Not a valid integer"),
        ("https://example.org/paper", "example", 6, "not a web address"),
        ("page read", "skimmed", 8, "Use one of"),
        ("    text: Author 2001, a title, a journal\n", "", 3, "'text' is missing"),
        ("page_key", "page_keys", 7, "Did you mean 'page_key'"),
    ],
)
def test_a_fault_of_a_citation_is_reported_at_its_line(
    tmp_path: Path, problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    _load(tmp_path, problems, x=_GOOD.replace(old, new, 1))
    reports = [str(problem) for problem in problems.found]
    assert any(
        report.startswith(f"knowledge/evidence/x.yaml:{line}: ") and message in report
        for report in reports
    ), reports
