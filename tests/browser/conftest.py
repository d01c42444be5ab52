"""One real server and one chromium for all pages; everything a page asks for is noted."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.persons import PERSONS
from tests.live.process import Server, running

# --no-sandbox: chromium refuses to start as root otherwise, and only our own pages are shown.
_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = 390
_PATIENCE = 15_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Site:
    """The server, the browser, and a recorded decision of each kind by its path."""

    server: Server
    browser: Browser
    decisions: dict[str, str]
    foreign: list[str] = field(default_factory=list)

    def open(
        self, path: str = "/", *, width: int = 1280, script: bool = True, dark: bool = False
    ) -> Page:
        """A page in a context of its own."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(_PATIENCE)
        context.on("request", lambda sent: self._note(sent.url))
        page = context.new_page()
        page.goto(self.server.url + path)
        return page

    def _note(self, url: str) -> None:
        if not url.startswith((self.server.url + "/", "data:")):
            self.foreign.append(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One for all tests of a process: Playwright does not start twice in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Site]:
    """Started once: what the tests do leaves the server as it is."""
    data = tmp_path_factory.mktemp("browser") / "data"
    with running(data, CDS_WORKERS="1") as server:
        decided = {kind: server.decide(body).json() for kind, body in PERSONS.items()}
        paths = {kind: f"/decisions/{answer['id']}" for kind, answer in decided.items()}
        yield Site(server, chromium, paths)


@pytest.fixture
def visit(site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages and closes them after the test, which fails when one asked elsewhere."""
    opened: list[Page] = []

    def visit_page(path: str = "/", **how: Any) -> Page:
        opened.append(site.open(path, **how))
        return opened[-1]

    yield visit_page
    for page in opened:
        page.context.close()
    assert site.foreign == []


def decide(page: Page) -> None:
    """Sends the form."""
    page.locator(".decide").get_by_role("button").click()


def faults_of(page: Page) -> list[tuple[str, str]]:
    """What axe finds against WCAG 2.2 AA, with the first place of each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]]


def overflow_of(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def headings_of(page: Page) -> list[int]:
    """The levels of the headings in the order of the page."""
    return [
        int(level)
        for level in page.eval_on_selector_all(
            "h1,h2,h3,h4,h5,h6", "found => found.map(heading => heading.tagName[1])"
        )
    ]
