"""What the pages look like in a browser: accessible, on a phone too, and only from here."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import COLOURS, PHONE, Site, decide, faults_of, headings_of, overflow_of
from tests.browser.persons import PERSONS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
_CODE = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|mm\[Hg\]|\{\w+\}|\bAV_\w+|\b[a-z_]+\.[a-z_]+\.[a-z0-9-]+"
)
# With everything open, which takes long: an answer with a plan, and one without.
UNFOLDED = ("clearance_first", "emergency")
FIRST = {
    "insufficient_data": "What to ask next",
    "emergency": "What to avoid or mind",
    "hold_today": "What to avoid or mind",
    "proceed_with_limits": "What to do now",
    "proceed": "What to do now",
    "intervals": "What to do now",
    "clearance_first": "Whom to involve",
}
DARK = ("proceed_with_limits", "clearance_first", "hold_today")
_REMEMBER = "document.querySelectorAll('details').forEach(one => { one.wasOpen = one.open })"
_RESTORE = """() => {
    document.querySelectorAll('details').forEach(one => { one.open = one.wasOpen });
    history.replaceState(null, '', location.pathname);
    scrollTo(0, 0);
}"""
# Folded or not, but where a code is what is told.
_TEXTS = """() => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode;
        if (!text.parentElement.closest('code, p.rule')) found.push(text.data);
    }
    return found;
}"""
NOWHERE = "/decisions/nothing"
TITLES = {"/": "New decision", NOWHERE: "Error 404"}


def fail(page: Page) -> Page:
    """Fills the form in with faults and some that is right, and sends it."""
    page.get_by_label("Age", exact=True).fill("500")
    page.get_by_label("Weight", exact=True).fill("heavy")
    page.get_by_label("Resting systolic blood pressure").fill("120")
    page.get_by_label("Resting diastolic blood pressure").fill("150")
    page.get_by_label("Osteoporosis", exact=True).check()
    page.locator("#medications_text").fill("Zebulon drops")
    page.get_by_label("Goals, one per line").fill("climb stairs")
    decide(page)
    page.wait_for_load_state()  # with its style: axe measures what is seen
    return page


@pytest.fixture(scope="module", params=PERSONS)
def opened(site: Site, request: pytest.FixtureRequest) -> Iterator[tuple[str, Page]]:
    """The page of each kind of decision, loaded once for all that is looked at in it."""
    page = site.open(site.decisions[request.param])
    page.evaluate(_REMEMBER)
    yield request.param, page
    site.put_back(page)
    assert site.foreign == []


@pytest.fixture
def told(opened: tuple[str, Page]) -> tuple[str, Page]:
    """The same as it was when it was loaded."""
    _, page = opened
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    page.evaluate(_RESTORE)
    return opened


def test_each_kind_of_decision_is_accessible(told: tuple[str, Page]) -> None:
    kind, page = told
    word = "proceed" if kind == "intervals" else kind.replace("_", " ")
    assert page.title().lower() == f"{word}: exercise therapy decision"
    assert page.get_by_role("heading", level=1).inner_text().lower() == word
    if kind in UNFOLDED:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert faults_of(page) == []
    levels = headings_of(page)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [b for a, b in pairwise(levels) if b > a + 1] == []
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0
    if kind in DARK:
        page.evaluate(_RESTORE)
        page.emulate_media(color_scheme="dark")
        assert faults_of(page, *COLOURS) == []


@pytest.mark.parametrize("path", TITLES)
def test_the_form_and_the_other_pages_are_accessible(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title() == TITLES[path]
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert faults_of(page) == []
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0


def test_a_form_with_errors_is_accessible_and_keeps_everything_typed(visit: Visit) -> None:
    page = fail(visit())
    assert page.title() == "Error: New decision"
    assert faults_of(page) == []
    kept = ("Age", "Weight", "Resting systolic blood pressure")
    assert [page.get_by_label(label, exact=True).input_value() for label in kept] == [
        *("500", "heavy", "120"),
    ]
    assert page.get_by_label("Osteoporosis", exact=True).is_checked()
    assert page.locator("#medications_text").input_value() == "Zebulon drops"
    assert page.get_by_label("Goals, one per line").input_value() == "climb stairs"
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert overflow_of(page) <= 0


def test_each_entry_of_the_error_summary_leads_to_its_field(visit: Visit) -> None:
    page = fail(visit())
    summary = page.get_by_role("alert")
    assert summary.get_by_role("link").all_inner_texts() == [
        *("Age", "Weight", "Resting systolic blood pressure", "Resting diastolic blood pressure"),
    ]
    for link in summary.get_by_role("link").all():
        link.click()
        field = page.locator(f'[id="{(link.get_attribute("href") or "").lstrip("#")}"]')
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        described = field.get_attribute("aria-describedby") or ""
        expect(page.locator(f'[id="{described.strip()}"]')).to_be_visible()


def test_who_it_is_for_and_that_it_awaits_sign_off_is_seen_at_once(told: tuple[str, Page]) -> None:
    _, page = told
    notice = page.locator(".notice")
    expect(notice).to_be_in_viewport()
    for part in ("qualified health professionals", "awaits sign-off", "not for emergencies"):
        expect(notice).to_contain_text(part)
    expect(page.locator("footer")).to_contain_text("not a certified device")


def test_every_why_leads_to_a_reason_that_opens(told: tuple[str, Page]) -> None:
    _, page = told
    targets = page.eval_on_selector_all("a[href^='#why-']", "all => all.map(a => a.hash.slice(1))")
    present = page.eval_on_selector_all("[id^='why-']", "all => all.map(one => one.id)")
    assert set(targets) - set(present) == set()
    reason = page.locator(f'[id="{present[0]}"]')
    expect(reason).not_to_be_visible()
    page.evaluate("id => { location.hash = '#' + id }", present[0])
    expect(reason).to_be_visible()
    expect(reason.locator("xpath=..").locator(".sources li").first).to_be_visible()


def test_what_is_needed_first_comes_first(told: tuple[str, Page]) -> None:
    """On a phone what can be pressed never stands above what it is about."""
    kind, page = told
    first = page.locator(".told h2").first
    assert first.inner_text() == FIRST[kind]
    page.set_viewport_size({"width": PHONE, "height": 800})
    acts = page.locator(".acts").bounding_box()
    above = first.bounding_box()
    assert acts is not None
    assert above is not None
    assert above["y"] + above["height"] <= acts["y"]


def test_a_person_who_may_do_intervals_is_shown_the_protocol(site: Site, visit: Visit) -> None:
    protocol = visit(site.decisions["intervals"]).locator("#protocol")
    for part in ("Ten intervals of one minute", "10 \u00d7 1 min", "RPE", "How to progress"):
        expect(protocol).to_contain_text(part)


def test_both_sides_of_a_disagreement_are_shown(site: Site, visit: Visit) -> None:
    conflict = visit(site.decisions["hold_today"]).locator(".conflict").first
    assert conflict.locator("li").count() >= 2
    expect(conflict).to_contain_text("Taken here:")


def test_a_medicine_nobody_knows_is_shown_as_not_used(visit: Visit) -> None:
    """By its name in the browser in which it was typed; the record does not keep it."""
    page = visit()
    page.get_by_label("Age", exact=True).fill("68")
    page.locator("#medications_text").fill("Zebulon drops")
    decide(page)
    expect(page.locator("section", has=page.locator("#unused"))).to_contain_text("Zebulon drops")


def test_a_name_that_somebody_else_typed_is_not_shown(site: Site, visit: Visit) -> None:
    page = visit(site.decisions["insufficient_data"])
    unused = page.locator("section", has=page.locator("#unused"))
    expect(unused).to_contain_text("the record does not keep them")
    assert "Zebulon" not in page.content()


def test_assumptions_are_folded_and_stand_under_what_they_would_change(
    site: Site, visit: Visit
) -> None:
    page = visit(site.decisions["proceed"])
    section = page.locator("section", has=page.locator("#assumed"))
    expect(section.locator("li").first).not_to_be_visible()
    section.locator("summary").first.click()
    entry = section.locator("li", has_text="Atrial fibrillation: exertion and talk test only")
    expect(entry.last).to_contain_text("Atrial fibrillation / flutter")


def test_no_code_is_shown_where_there_are_words(told: tuple[str, Page]) -> None:
    _, page = told
    texts = page.evaluate(_TEXTS)
    assert len(texts) > 100
    assert sorted({code for text in texts for code in _CODE.findall(text)}) == []


def test_the_description_of_the_interface_opens_without_asking_elsewhere(visit: Visit) -> None:
    """Its page comes from a library and is for developers; it is not checked with axe."""
    page = visit("/docs")
    expect(page.get_by_text("/v1/decisions", exact=True).first).to_be_visible(timeout=15000)
    page.close()  # it is slow to leave
