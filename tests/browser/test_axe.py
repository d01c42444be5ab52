"""The accessibility check can fail: without this, a page without findings would say nothing."""

import pytest

from tests.browser.conftest import Site, faults_of

pytestmark = pytest.mark.browser


def test_axe_finds_a_missing_label(site: Site) -> None:
    page = site.browser.new_page()
    page.set_content("<html lang=en><title>Form</title><main><h1>Form</h1><input></main>")
    assert [name for name, _ in faults_of(page)] == ["label"]
    page.context.close()
