"""A launch in a real browser from another site: which cookies come along shows only there."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import decide
from tests.hooks.calls import CORONARY, searchset
from tests.hooks.ehr import send, serving
from tests.live.process import free_port, running
from tests.smart.ehr import CLIENT, LAUNCH, SmartEhr

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Ward:
    """A browser at the EHR's page, and this service."""

    page: Page
    url: str


@pytest.fixture
def ward(tmp_path: Path, chromium: Browser) -> Iterator[Ward]:
    # The two are different sites: 127.0.0.1 and localhost.
    port = free_port()
    url = f"http://localhost:{port}"
    with serving(tmp_path) as server:
        ehr = SmartEhr(server)
        ehr.hold("/r4/Condition", searchset(CORONARY))
        link = f'<a href="{url}/launch?iss={ehr.base}&amp;launch={LAUNCH}">Exercise</a>'

        def show(handler: BaseHTTPRequestHandler) -> None:
            send(handler, 200, link.encode(), Content_Type="text/html")

        server.holds["/ward"] = show
        settings = {
            "CDS_BIND": f"127.0.0.1:{port}",
            "CDS_PUBLIC_URL": url,
            "CDS_WORKERS": "1",
            "CDS_SMART_ISSUERS": f"{ehr.base}={CLIENT}",
            "CDS_FHIR_NETWORKS": "127.0.0.1/32",
            "CDS_FHIR_CA_FILE": str(server.certificate),
        }
        with running(tmp_path / "data", **settings):
            context = chromium.new_context(ignore_https_errors=True)
            page = context.new_page()
            page.goto(f"https://127.0.0.1:{server.port}/ward")
            yield Ward(page, url)
            context.close()


def test_a_launch_from_the_ehrs_site_leads_to_a_decision(ward: Ward) -> None:
    page = ward.page
    page.get_by_role("link", name="Exercise").click()
    page.wait_for_url(f"{ward.url}/")  # the code is taken out of the address
    assert "conditions" in page.locator("#origin").inner_text()
    page.reload()
    assert page.locator('[name="conditions"]:checked').count() == 1
    decide(page)
    page.wait_for_url(f"{ward.url}/decisions/*")
    assert page.locator("h1").inner_text()
