"""From a decision to a check-in, its answer, a second one, and the course, without script."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LAYOUT, PHONE, Site, faults_of, headings_of, overflow_of
from tests.follow_up.checking_in import WELL

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def tell(page: Page, **changes: object) -> None:
    """Fills in a check-in at which all is well but for these, and sends it."""
    told = {**WELL, **changes}
    del told["post_exertional_malaise"]  # folded: it does not concern this person
    for name, value in told.items():
        if isinstance(value, bool) or name in ("mood", "sleep_quality", "trained_modality"):
            page.check(f'[name="fact.{name}"][value="{str(value).lower()}"]')
        else:
            page.fill(f'[name="fact.{name}"]', str(value))
    page.locator(".decide button").click()


def check_sound(visit: Visit, page: Page) -> None:
    """The page is sound at both widths, with script as axe needs it."""
    path = page.evaluate("location.pathname")
    seen = visit(path)
    assert faults_of(seen) == []
    levels = headings_of(seen)
    assert all(later - level <= 1 for level, later in pairwise(levels))
    seen.set_viewport_size({"width": PHONE, "height": 900})
    assert faults_of(seen, *LAYOUT) == []
    assert overflow_of(seen) <= 0


def test_a_plan_is_followed_from_check_in_to_check_in(site: Site, visit: Visit) -> None:
    page = visit(site.decisions["proceed"], script=False)
    page.get_by_role("link", name="Check-in", exact=True).click()
    check_sound(visit, page)
    tell(page, pain_during="often")
    expect(page.get_by_role("alert")).to_contain_text("plain number")
    expect(page.locator('[name="fact.confidence"]')).to_have_value("8")
    page.locator('[name="fact.pain_during"]').fill("7")
    page.locator('[name="fact.delta24"]').fill("3")
    page.locator(".decide button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lower the dose")
    page.get_by_role("link", name="Next check-in").click()
    tell(page, reps_over_target=2, trained_modality="resistance")
    expect(page.get_by_role("heading", level=1)).to_have_text("Raise the dose")
    pain = page.locator(".course figure", has_text="Pain during exercise")
    expect(pain.get_by_role("img")).to_have_accessible_name(
        re.compile("Pain during exercise 7, 1; Change by the next morning 3, 0$")
    )
    expect(pain.locator("circle title")).to_have_count(2)
    expect(
        page.get_by_role("region", name="The course as a table").locator("tbody tr")
    ).to_have_count(2)
    check_sound(visit, page)
