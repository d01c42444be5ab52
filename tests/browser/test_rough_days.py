"""From an example to the handout, and a slow line, no line and a second tab meanwhile."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Site, decide

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
#: Half a second for every question, 40 kB a second.
SLOW = {"offline": False, "latency": 500, "downloadThroughput": 40_000, "uploadThroughput": 40_000}


@pytest.fixture
def context(site: Site) -> Iterator[BrowserContext]:
    """A window of its own: what becomes of its line concerns no other test."""
    opened = site.browser.new_context(base_url=site.server.url)
    yield opened
    opened.close()


@pytest.mark.parametrize("person", ["Woman of 68", "Man of 64", "Man of 39"])
def test_an_example_leads_to_its_handout_on_a_phone(visit: Visit, person: str) -> None:
    page = visit(width=PHONE)
    page.get_by_role("link", name=person).click()
    decide(page)
    page.get_by_role("link", name="Handout for the patient").click()
    expect(page.locator("h2").nth(2)).to_be_visible()
    link = page.get_by_role("link", name="PDF", exact=True).get_attribute("href")
    made = page.request.get(page.url.split("/decisions")[0] + str(link))
    assert (made.status, made.headers["content-type"]) == (200, "application/pdf")


def test_a_slow_line_brings_the_whole_decision(context: BrowserContext) -> None:
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.goto("/")
    page.get_by_role("link", name="Man of 39").click()
    decide(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Proceed")
    expect(page.locator("footer")).to_be_visible()


def test_nothing_typed_is_lost_while_there_is_no_line(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Age", exact=True).fill("68")
    page.get_by_label("Osteoporosis", exact=True).check()
    context.set_offline(True)
    with page.expect_event("requestfailed"):
        decide(page)
    page.wait_for_function("location.protocol === 'chrome-error:'")
    context.set_offline(False)
    page.goto("/")
    expect(page.get_by_label("Age", exact=True)).to_have_value("68")
    expect(page.get_by_label("Osteoporosis", exact=True)).to_be_checked()
    decide(page)
    page.wait_for_url("**/decisions/*")


def test_two_tabs_are_two_patients(context: BrowserContext) -> None:
    """Also when the one that was opened first is sent last."""
    first, second = context.new_page(), context.new_page()
    for page, age in ((first, "68"), (second, "34")):
        page.goto("/")
        page.get_by_label("Age", exact=True).fill(age)
    first.reload()
    expect(first.get_by_label("Age", exact=True)).to_have_value("68")
    for page, age in ((second, "34"), (first, "68")):
        decide(page)
        page.wait_for_url("**/decisions/*")
        page.get_by_role("link", name="What if a value were another?").click()
        expect(page.get_by_label("Age", exact=True)).to_have_value(age)
