"""The browser that script/test provides can show a page and judge its accessibility."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

# --no-sandbox: chromium refuses to start as root otherwise, and only our own pages are shown.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]


@pytest.mark.browser
def test_chromium_shows_a_page_and_axe_finds_a_missing_label() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_page()
        page.set_content("<html lang=en><title>Form</title><main><h1>Form</h1><input></main>")
        title, found = page.title(), Axe().run(page)
        browser.close()
    assert title == "Form"
    assert [violation["id"] for violation in found.response["violations"]] == ["label"]
