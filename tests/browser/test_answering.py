"""Two clicks answer to a decision, without script and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LAYOUT, PHONE, Site, faults_of, overflow_of

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def test_a_decision_is_accepted_in_one_click_and_overridden_in_two(
    site: Site, visit: Visit
) -> None:
    path = next(iter(site.decisions.values()))
    page = visit(path, script=False)
    answer = page.locator("section[aria-labelledby=answer]")
    answer.get_by_role("button", name="Accept").click()
    expect(answer.locator("li")).to_contain_text("Accepted")
    answer.get_by_text("Override with a reason").click()
    answer.get_by_role("button", name="Not feasible here").click()
    expect(answer.locator("li")).to_have_count(1)
    expect(answer.locator("li")).to_contain_text("Overridden: Not feasible here")


def test_the_enter_key_in_a_field_sends_nothing(site: Site, visit: Visit) -> None:
    path = list(site.decisions.values())[1]
    page = visit(path, script=False)
    page.get_by_text("About a part of it").click()
    page.get_by_label("Your name").press("Enter")
    page.reload()
    expect(page.locator("section[aria-labelledby=answer] li")).to_have_count(0)


def test_the_page_of_a_rule_is_read_by_everybody(site: Site, visit: Visit) -> None:
    page = visit(next(iter(site.decisions.values())))
    rule = page.locator("a[href^='/rules/']").first.get_attribute("href")
    opened = visit(rule)
    expect(opened.locator("dt")).to_have_count(13)
    assert faults_of(opened) == []
    opened.set_viewport_size({"width": PHONE, "height": 900})
    assert faults_of(opened, *LAYOUT) == []
    assert overflow_of(opened) <= 0
