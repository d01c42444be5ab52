"""An auditor goes from a search to a decision and its replay; every page of theirs is reachable."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cds.knowledge.files import ROOT
from tests.browser.conftest import COLOURS, LAYOUT, PHONE, Site, faults_of, overflow_of
from tests.browser.persons import PERSONS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PAGES = (
    *("/audit/rules", "/audit/status", "/rules?q=retinopathy", "/policies", "/drafts", "/sign-in"),
    *("/evidence?q=acsm", "/movements?q=walk", "/value-sets?q=stroke"),
)


def check_looks(page: Page) -> None:
    """In either light, wide and on a phone."""
    assert faults_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_of(page, *COLOURS) == []
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert faults_of(page, *LAYOUT) == []
    assert overflow_of(page) <= 0


def test_a_search_leads_to_a_decision_and_its_replay(site: Site, visit: Visit) -> None:
    """Without script."""
    page = visit("/audit", script=False)
    page.get_by_label("Kind of record").select_option("decision")
    page.get_by_label("Answer").select_option("emergency")
    page.get_by_role("button", name="Search").click()
    rows = page.get_by_role("region", name="Records").locator("tbody tr")
    expect(rows).not_to_have_count(0)
    for row in rows.all():
        expect(row).to_contain_text("Emergency")
    searched = page.url.removeprefix(site.server.url)
    rows.first.get_by_role("link", name="decision").click()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("heading", name="Made again")).to_be_visible()
    expect(page.get_by_text("Equal", exact=True)).to_be_visible()
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0
    check_looks(visit(searched))
    check_looks(visit(page.url.removeprefix(site.server.url).removesuffix("/replay")))


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_of_auditors_and_authors_are_within_reach(visit: Visit, path: str) -> None:
    check_looks(visit(path))


def test_the_record_is_verified_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/audit/status")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Verify now":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("All records are what was written")


def test_a_checkpoint_and_an_export_are_downloaded(visit: Visit) -> None:
    page = visit("/audit/status", script=False)
    for button, name in (("Download a checkpoint", "checkpoint.jsonl"), ("As CSV", "feedback.csv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == name


def test_a_draft_is_tried_in_a_worker_that_goes_on(site: Site, visit: Visit) -> None:
    """The process of a trial is forked from a server at work, which must not notice."""
    draft = (ROOT / "rules/contraindications/blood_pressure.yaml").read_text(encoding="utf-8")
    page = visit("/drafts", script=False)
    workers = site.server.workers()
    for name, heading in (("on the patient", "On this patient"), ("on the newest", "recorded")):
        page.get_by_role("textbox", name="Topic").fill(draft)
        page.get_by_role("textbox", name="Patient").fill(json.dumps(next(iter(PERSONS.values()))))
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("nchanged")
    assert site.server.workers() == workers
