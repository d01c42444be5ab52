"""What saves a clinician's minutes: examples, records, the next question, and nothing lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import COLOURS, PHONE, Site, decide, faults_of, overflow_of
from tests.browser.persons import EXAMPLES

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SHOWN = {
    "Woman of 68": "Proceed with limits",
    "Man of 64": "Clearance first",
    "Man of 39": "Proceed",
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("person", SHOWN)
def test_an_example_is_one_click_away_and_decided_by_another(
    visit: Visit, person: str, script: bool
) -> None:
    page = visit(script=script)
    page.get_by_role("link", name=person).click()
    decide(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(SHOWN[person])


def test_a_bundle_fills_the_form_in_without_script(visit: Visit) -> None:
    """A record says nothing about symptoms: what is missing is asked, not assumed."""
    page = visit(script=False)
    page.get_by_label("FHIR bundle").set_input_files(EXAMPLES / "osteoporosis.bundle.json")
    page.get_by_role("button", name="Fill in").click()
    expect(page.get_by_label("Age", exact=True)).not_to_have_value("")
    expect(page.locator('[name="conditions"][value="osteoporosis"]')).to_be_checked()
    decide(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Insufficient data")


def test_nothing_typed_is_lost_by_a_reload_or_the_back_button(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Age", exact=True).fill("68")
    page.get_by_label("Osteoporosis", exact=True).check()
    page.locator('[name="fact.sx_dyspnea"][value="false"]').check()
    page.reload()
    assert kept(page) == ("68", True, True)
    decide(page)
    page.wait_for_url("**/decisions/*")
    page.go_back()
    assert kept(page) == ("68", True, True)


def test_a_new_decision_begins_empty_after_one_was_made(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Age", exact=True).fill("68")
    decide(page)
    page.wait_for_url("**/decisions/*")
    page.get_by_role("link", name="New decision").click()
    assert kept(page) == ("", False, False)


def kept(page: Page) -> tuple[str, bool, bool]:
    return (
        page.get_by_label("Age", exact=True).input_value(),
        page.get_by_label("Osteoporosis", exact=True).is_checked(),
        page.locator('[name="fact.sx_dyspnea"][value="false"]').is_checked(),
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_next_most_useful_question_leads(visit: Visit, script: bool) -> None:
    page = visit(script=script)
    page.get_by_label("Age", exact=True).fill("68")
    if not script:
        page.get_by_role("button", name="What to ask next").click()
    first = page.locator("#asked li").first
    expect(first).to_contain_text("would allow:")
    fact = (first.get_by_role("link").get_attribute("href") or "").lstrip("#")
    expect(page.locator(f'[id="{fact}"]')).to_have_count(1)
    expect(page.get_by_label("Age", exact=True)).to_have_value("68")


def test_only_what_matters_now_is_asked(visit: Visit) -> None:
    page = visit()
    rate = page.get_by_label("Lowest detection rate of the defibrillator")
    expect(rate).not_to_be_visible()
    page.locator('[data-list="conditions"] summary').click()
    page.locator('[name="conditions"][value="icd"]').check()
    expect(rate).to_be_visible()
    page.locator('[name="conditions"][value="icd"]').uncheck()
    expect(rate).not_to_be_visible()
    page.get_by_label("Show every question").check()
    expect(rate).to_be_visible()


@pytest.mark.parametrize(
    ("written", "found"), [("I21.9", "Myocardial infarction"), ("heart attack", "Myocardial")]
)
def test_a_condition_is_found_by_code_and_synonym(visit: Visit, written: str, found: str) -> None:
    page = visit()
    page.get_by_label("Search by name, synonym or code").first.fill(written)
    shown = page.locator('[data-list="conditions"] .tick:visible')
    expect(shown.filter(has_text=found)).to_have_count(1)
    assert shown.count() < 10


def test_the_language_changes_and_what_was_typed_stays(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Age", exact=True).fill("68")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Neue Entscheidung")
    expect(page.get_by_label("Alter", exact=True)).to_have_value("68")
    assert faults_of(page) == []
    decide(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("footer")).to_contain_text("Sätze der klinischen Regeln")
    expect(page.locator(".verdict .lead")).to_have_attribute("lang", "en")
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0  # German words are the longest


def test_why_not_and_what_would_change_it_are_buttons(site: Site, visit: Visit) -> None:
    page = visit(site.decisions["proceed"])
    page.get_by_role("button", name="Why not: HIIT?").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Why not?")
    expect(page.get_by_text("What stands in the way")).to_be_visible()
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert faults_of(page) == []
    page.get_by_role("button", name="What would change this?").click()
    expect(page.get_by_text("It would take")).to_be_visible()
    page.get_by_role("link", name="Back to the decision").click()
    expect(page).to_have_url(site.server.url + site.decisions["proceed"])


def test_a_decision_is_accepted_by_one_click_and_overridden_by_two(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Age", exact=True).fill("70")
    decide(page)
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".answered li")).to_contain_text("Accepted")
    page.get_by_text("Override with a reason").click()
    page.locator(".answered button[name=reason]").first.click()
    expect(page.locator(".answered li")).to_contain_text("Overridden")


def test_a_decision_is_completed_without_typing_it_again(site: Site, visit: Visit) -> None:
    page = visit(site.decisions["clearance_first"], script=False)
    page.get_by_role("button", name="Complete and decide again").click()
    expect(page.get_by_label("Age", exact=True)).to_have_value("61")
    expect(page.locator('[name="conditions"][value="icd"]')).to_be_checked()
    expect(page.locator('[name="procedure_at.pci"]')).to_have_value("2026-05-30")


def test_the_form_in_the_dark_is_accessible_filled_in_and_with_an_error(visit: Visit) -> None:
    page = visit("/examples/infarction-diabetes-pad", dark=True)
    assert faults_of(page) == []
    page.get_by_label("Age", exact=True).fill("old")
    decide(page)
    page.wait_for_load_state()
    assert faults_of(page, *COLOURS) == []
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0
