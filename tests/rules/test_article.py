"""Each claim of the source article is answered, or said to be no rule; the document says where."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from cds.check.article import Article, account_article
from cds.check.article_citations import CITED
from cds.check.article_document import DOCUMENT, write_article
from cds.check.claims import TABLE, UNSAID
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.service import Service
from tests.rules.reference_rows import SHARED
from tests.stages.deciding import decide_for

PRESCRIPTION = SHARED / "clinical" / "prescription"
OPENING = "knowledge/article/claims_opening.yaml"
CONDITIONS = "knowledge/article/claims_conditions.yaml"
KINDS = "knowledge/article/claims_kinds.yaml"
# Without the shared reference these facts cannot be compared.
with_reference = pytest.mark.skipif(
    not PRESCRIPTION.is_dir(), reason="the reference is absent; set CDS_SHARED to it"
)


@pytest.fixture(scope="module")
def article(service: Service) -> Article:
    problems = Problems()
    found = account_article(service, ROOT, problems)
    assert [str(problem) for problem in problems.found] == []
    return found


@pytest.fixture
def report(service: Service, tmp_path: Path) -> Callable[..., list[str]]:
    """What is reported after `old` became `new` in one of the files."""
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")

    def report(name: str, old: str, new: str, with_service: Service = service) -> list[str]:
        path = tmp_path / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new, 1))
        problems = Problems()
        account_article(with_service, tmp_path, problems)
        return [str(problem) for problem in problems.found]

    return report


@with_reference
def test_the_list_of_claims_is_that_of_the_reference(article: Article) -> None:
    with (PRESCRIPTION / "article_claims.csv").open(encoding="utf-8", newline="") as rows:
        stated = [(row["id"], row["section"]) for row in csv.DictReader(rows)]
    assert stated == [(claim.id, claim.section) for claim in article.claims]


@with_reference
def test_no_topic_is_copied_from_the_reference(article: Article) -> None:
    """Topics are names for claims, in the project's own words."""
    with (PRESCRIPTION / "article_claims.csv").open(encoding="utf-8", newline="") as rows:
        stated = {row["id"]: row["claim"] for row in csv.DictReader(rows)}
    copied = [c for c in article.claims if c.topic.casefold() == stated[c.id].casefold()]
    assert [claim.topic for claim in copied if len(claim.topic.split()) > 3] == []


@with_reference
def test_every_gap_of_the_article_is_answered(article: Article) -> None:
    """The reference lists the gaps in a table of its own, without ids."""
    text = (PRESCRIPTION / "article_claims.md").read_text(encoding="utf-8")
    table = text.partition("leaves unsaid")[2].partition("##")[0]
    stated = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(stated) == len(article.gaps)
    assert [gap.topic for gap in article.gaps if not gap.places] == []


def test_the_document_is_up_to_date(article: Article) -> None:
    written = (ROOT.parent / DOCUMENT).read_text(encoding="utf-8")
    assert write_article(article) == written, "run 'python -m cds coverage --write'"


def test_every_claim_is_carried_or_no_rule(article: Article) -> None:
    """What is no rule is context, background or promotion, and stays the exception."""
    counted = article.counts
    assert counted["claims"] == 239
    assert counted["carried"] + counted["no rule"] == 239
    assert [claim.id for claim in article.claims if claim.no_rule] == [
        "ART-025",
        "ART-035",
        "ART-239",
    ]


def test_a_claim_without_an_answer_is_reported(report: Callable[..., list[str]]) -> None:
    extra = "id,section,topic\nART-000,Opening,Something new\n"
    (told,) = report(TABLE, "id,section,topic\n", extra)
    assert "knowledge/article/claims.csv:2: Nothing answers 'ART-000'" in told


def test_a_claim_that_stands_twice_is_reported(report: Callable[..., list[str]]) -> None:
    twice = "id,section,topic\nART-239,Opening,Twice\n"
    told = report(TABLE, "id,section,topic\n", twice)
    assert any("The claim 'ART-239' stands twice" in line for line in told)


def test_an_answer_to_no_claim_and_a_second_answer_are_reported(
    report: Callable[..., list[str]],
) -> None:
    told = report(OPENING, "claim: ART-001", "claim: ART-002")
    assert any("'ART-002' is answered twice" in line for line in told)
    told = report(OPENING, "claim: ART-002", "claim: ART-0010")
    assert any("'ART-0010' is no claim of the article" in line for line in told)


def test_an_answer_is_either_carried_or_no_rule(report: Callable[..., list[str]]) -> None:
    told = report(OPENING, "    no_rule:", "    missing:")
    assert any("'ART-025' needs one of both" in line for line in told)
    both = "  - claim: ART-001\n    no_rule: Trial.\n"
    told = report(OPENING, "  - claim: ART-001\n", both)
    assert any("'ART-001' needs one of both" in line for line in told)
    told = report(OPENING, "    no_rule:", "    missing: Something.\n    no_rule:")
    assert any("nothing of it can be missing" in line for line in told)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (OPENING, "name: albp", "name: alpb", "There is no profile 'alpb'."),
        (KINDS, "name: R46", "name: R99", "There is no movement 'R99'."),
        (CONDITIONS, "name: AV_HIGH_IMPACT", "name: AV_HIGH", "There is no tag 'AV_HIGH'."),
        (OPENING, "profiles/bounds.csv", "profiles/bonds.csv", "There is no table"),
        (
            OPENING,
            "constants.yaml#load_step",
            "constants.yaml#load_stop",
            "'profiles/constants.yaml' has no entry 'load_stop'. Correct it. "
            "Did you mean 'load_step'?",
        ),
        (OPENING, "profiles/bounds.csv", '"profiles/bounds.csv#htn"', "has no entry 'htn'"),
        (OPENING, "name: cds/stages/merge.py", "name: cds/merge.py", "There is no module"),
        (OPENING, "::test_p3_another", "::test_p9_another", "There is no test"),
        (UNSAID, "name: pregnancy", "name: pregnant", "There is no profile 'pregnant'."),
        (CITED, "[behm-2016]", "[behm-2061]", "There is no citation 'behm-2061'."),
    ],
)
def test_a_place_that_does_not_exist_is_reported_at_its_line(
    report: Callable[..., list[str]], name: str, old: str, new: str, expected: str
) -> None:
    told = report(name, old, new)
    line = (ROOT / name).read_text().partition(old)[0].count("\n") + 1
    assert any(expected in each for each in told)
    assert all(each.startswith(f"{name}:") for each in told)
    if name != CITED:
        assert any(each.startswith(f"{name}:{line}:") for each in told)


@pytest.mark.parametrize(
    "text",
    [
        "Moseley 2007, pain, brain, and movement, Clin J Pain",
        "Ambrose 2013, risk factors for falls, Clin Geriatr Med",
        "Williams 2021, personal prescription, Hypertension",
        "Almarcha 2024, Sports Medicine and Health Science",
    ],
)
def test_a_wrong_citation_of_the_article_is_not_repeated(
    service: Service, report: Callable[..., list[str]], text: str
) -> None:
    """One of the service's own citations becomes the wrong one, and that is told."""
    one, year = "behm-2016", int(text.split()[1].strip(","))
    wrong = replace(service.knowledge.citations[one], text=text, year=year)
    citations = {**service.knowledge.citations, one: wrong}
    changed = replace(service, knowledge=replace(service.knowledge, citations=citations))
    (told,) = report(CITED, "clinical_sign_off", "clinical_sign_off", changed)
    assert "The citation 'behm-2016' repeats" in told


def test_only_a_wrong_citation_says_how_it_is_known(report: Callable[..., list[str]]) -> None:
    told = report(CITED, "    never: [[moseley]]\n", "")
    assert any("list in 'never' the words" in line for line in told)


def test_every_answer_says_its_version_and_that_review_is_pending(service: Service) -> None:
    """No reviewer is named before there is one; each reason names the version of its rule."""
    decision = decide_for(service, ("osteoporosis",))
    assert decision.knowledge.clinical_sign_off == "pending"
    assert decision.knowledge.version == service.version
    topics = service.rules.rules
    told = {note.rule: (note.version, note.clinical_sign_off) for note in decision.explanations}
    assert told
    assert told == {id_: (topics[id_].topic.version, "pending") for id_ in told}
