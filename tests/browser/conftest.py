"""One real server and one chromium for all pages; everything a page asks for is noted."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.persons import PERSONS
from tests.live.process import Server, running

# --no-sandbox: chromium refuses to start as root otherwise, and only our own pages are shown.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong comes back: what is right, node by node, would be megabytes.
_FAULTS = """wanted => axe.run({runOnly: wanted, resultTypes: ["violations"]})
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"""
#: What can be wrong with a page in the dark, or on a phone, that is right in light and wide.
COLOURS = ("color-contrast", "link-in-text-block")
LAYOUT = ("target-size", "scrollable-region-focusable")
PHONE = 390
_PATIENCE = 15_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Site:
    """The server, the browser, and a recorded decision of each kind by its path.

    All pages with script share one context, and those without another: what they load is kept. A
    tab that was put back is used again, as a new one costs chromium more than most of our pages.
    """

    server: Server
    browser: Browser
    decisions: dict[str, str]
    foreign: list[str] = field(default_factory=list)
    contexts: dict[bool, BrowserContext] = field(default_factory=dict)
    idle: dict[BrowserContext, list[Page]] = field(default_factory=dict)

    def open(
        self, path: str = "/", *, width: int = 1280, script: bool = True, dark: bool = False
    ) -> Page:
        """A page in a tab of its own."""
        context = self._context(script)
        idle = self.idle.setdefault(context, [])
        page = idle.pop() if idle else context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(self.server.url + path)
        return page

    def put_back(self, *pages: Page) -> None:
        """Leaves nothing of the pages behind for the next test."""
        for page in (page for page in pages if not page.is_closed()):
            page.evaluate("sessionStorage.clear()")
            page.goto("about:blank")
            page.context.clear_cookies()
            self.idle[page.context].append(page)

    def _context(self, script: bool) -> BrowserContext:
        if script not in self.contexts:
            context = self.browser.new_context(java_script_enabled=script, reduced_motion="reduce")
            context.set_default_timeout(_PATIENCE)
            context.on("request", lambda sent: self._note(sent.url))
            self.contexts[script] = context
        return self.contexts[script]

    def _note(self, url: str) -> None:
        if not url.startswith((self.server.url + "/", "data:", "about:")):
            self.foreign.append(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One for all tests of a process: Playwright does not start twice in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
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
        site = Site(server, chromium, paths)
        yield site
        for context in site.contexts.values():
            context.close()  # a connection that is kept would hold up the end of the server


@pytest.fixture
def visit(site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages and closes them after the test, which fails when one asked elsewhere."""
    opened: list[Page] = []

    def visit_page(path: str = "/", **how: Any) -> Page:
        opened.append(site.open(path, **how))
        return opened[-1]

    yield visit_page
    site.put_back(*opened)
    assert site.foreign == []


def decide(page: Page) -> None:
    """Sends the form."""
    page.locator(".decide").get_by_role("button").click()


def faults_of(page: Page, *rules: str) -> list[tuple[str, str]]:
    """What axe finds against WCAG 2.2 AA, or these rules of it, with the first place of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    wanted = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
    found = page.evaluate(_FAULTS, wanted)
    return [(name, html[:200]) for name, html in found]


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
