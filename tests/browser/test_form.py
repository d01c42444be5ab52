"""A person fills the form in: three examples, without script, and by keyboard alone."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import decide
from tests.browser.persons import PERSONS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
# Facts of the examples that the form asks in its own way, or not at all.
_TICKS = {"22298006": "myocardial_infarction", "M80.08XD": "osteoporosis"}
_EXERCISES_NOT = {
    "days_per_week": 0,
    "session_minutes": 0,
    "habitual_intensity": "light",
    "months_sustained": 0,
}
_LONGEST_WAY = 150


def value_of(given: Any) -> Any:
    return given["value"] if isinstance(given, dict) else given


def enter(page: Page, fact: str, value: Any) -> None:
    """Answers one question, when the form asks it."""
    name = f"fact.{fact}"
    shown = page.locator(f'[name="{name}"]')
    if shown.count() == 0:
        return
    unfold(shown.first)
    if shown.first.get_attribute("type") == "radio":
        text = str(value).lower() if isinstance(value, bool) else value
        page.locator(f'[name="{name}"][value="{text}"]').check()
    else:
        shown.first.fill(str(value))


def unfold(box: Locator) -> None:
    """Opens what the field is folded into, from the outside."""
    for fold in box.locator("xpath=ancestor::details[not(@open)]").all():
        fold.locator("summary").first.click()


def tick(page: Page, kind: str, id_: str) -> None:
    """Ticks one entry of a list, and unfolds the list for it."""
    box = page.locator(f'[name="{kind}"][value="{id_}"]')
    unfold(box)
    box.check()


def fill_in(page: Page, body: Mapping[str, Any]) -> None:
    """Types a request as a person would: what decides which questions matter comes first."""
    facts = dict(body["facts"])
    if facts.pop("regular_exercise", None) is False:
        facts |= _EXERCISES_NOT
    for condition in body["conditions"]:
        coded = isinstance(condition, dict)
        tick(page, "conditions", _TICKS[condition["code"]] if coded else condition)
    for medicine in body["medications"]:
        tick(page, "medications", medicine)
    for procedure in body.get("procedures", ()):
        tick(page, "procedures", procedure["code"])
        page.locator(f'[name="procedure_at.{procedure["code"]}"]').fill(procedure["at"])
    for modality in body["request"].get("modalities", ()):
        tick(page, "modalities", modality)
    for fact, given in facts.items():
        enter(page, fact, value_of(given))
    page.locator('[id="at.today"]').fill(body["evaluation_date"])
    page.locator("#evaluation_date").fill(body["evaluation_date"])
    page.get_by_label("The list was gone through").nth(0).check()
    page.get_by_label("The list was gone through").nth(1).check()


@pytest.mark.parametrize(
    ("kind", "reason", "compared", "script"),
    [
        ("clearance_first", "Known cardiovascular disease", "Myocardial infarction", True),
        ("proceed_with_limits", "Osteoporosis: ", "Osteoporosis", False),
        ("proceed", "Inactive, no known disease, no symptoms", "Desired intensity", True),
    ],
)
def test_a_patient_typed_into_the_form_is_decided_and_explained(
    visit: Visit, kind: str, reason: str, compared: str, script: bool
) -> None:
    page = visit(script=script)
    fill_in(page, PERSONS[kind])
    decide(page)
    word = kind.replace("_", " ").capitalize()
    expect(page.get_by_role("heading", level=1)).to_have_text(word)
    page.get_by_text("Rules that apply").click()
    told = page.locator("details.reason", has_text=reason).first
    expect(told.locator("table")).not_to_be_visible()
    told.locator("summary").click()
    expect(told.locator("table")).to_contain_text(compared)
    expect(told.locator(".sources li").first).to_be_visible()


def test_the_keyboard_alone_fills_in_and_sends_the_form(visit: Visit) -> None:
    page = visit()
    keys = page.keyboard
    keys.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    keys.press("Enter")
    walk(page, "document.activeElement.name === 'fact.age'")
    keys.type("68")
    walk(page, "document.activeElement.name === 'fact.sx_dyspnea'")
    keys.press("ArrowLeft")
    assert page.locator('[name="fact.sx_dyspnea"][value="false"]').is_checked()
    walk(page, "document.activeElement.matches('.decide button')")
    keys.press("Enter")
    page.wait_for_url("**/decisions/*")
    assert page.get_by_role("heading", level=1).inner_text() == "Insufficient data"


def walk(page: Page, there: str) -> None:
    """Presses Tab until what is looked for has the focus."""
    for _ in range(_LONGEST_WAY):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Not reached by Tab: {there}")
