"""Takes the pictures of docs/tour.md: each kind of page, wide and on a phone, of our own patients.

python -m tests.browser.tour [FOLDER]
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from cds.knowledge.files import ROOT
from tests.browser.conftest import ARGUMENTS, PHONE, decide
from tests.follow_up.checking_in import WELL
from tests.live.process import Server, running

FOLDER = ROOT.parent / "docs" / "tour"
SIZES = {"wide": (1280, 900), "phone": (PHONE, 844)}
_QUALITY = 60
_EXAMPLE = "infarction-diabetes-pad"
_COURSE = (
    ("2026-11-23", {"pain_during": 7, "delta24": 3, "session_rpe": 7, "adherence_14d": 60}),
    ("2026-11-25", {"pain_during": 4, "delta24": 1, "session_rpe": 5, "adherence_14d": 80}),
    ("2026-11-29", {"pain_during": 2}),
)


@dataclass(frozen=True, slots=True)
class Camera:
    """A page, and where its pictures go."""

    server: Server
    page: Page
    folder: Path

    def go(self, path: str) -> None:
        """Opens a page."""
        self.page.goto(self.server.url + path)

    def shoot(self, name: str, at: Locator | None = None) -> None:
        """One picture of each size, from the top or from `at` on."""
        for size, (width, height) in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.mouse.move(0, 0)
            self.page.evaluate("scrollTo(0, 0)")
            if at is not None:
                at.evaluate("one => scrollTo(0, one.getBoundingClientRect().top - 12)")
            self.save(f"{name}-{size}", self.page.screenshot())
        print(f"  {name}", flush=True)

    def save(self, name: str, picture: bytes) -> None:
        """Keeps a picture small."""
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        image.save(self.folder / f"{name}.webp", quality=_QUALITY, method=6)


def take_tour(camera: Camera) -> None:
    """From the form to the rules."""
    page = camera.page
    camera.go("/")
    camera.shoot("form")
    camera.go(f"/examples/{_EXAMPLE}")
    page.get_by_role("button", name="What to ask next").click()
    camera.shoot("form-filled-in")
    decide(page)
    page.wait_for_url("**/decisions/*")
    decision = page.url.removeprefix(camera.server.url)
    _tell_decision(camera)
    _ask(camera, decision)
    _check_in(camera, decision)
    camera.go(f"{decision}/handout?lang=en")
    camera.shoot("handout")
    _print(camera, f"{decision}/handout.pdf?lang=en")
    _audit(camera)
    _author(camera)


def _tell_decision(camera: Camera) -> None:
    page = camera.page
    camera.shoot("decision")
    camera.shoot("how-hard", page.locator("#hard"))
    camera.shoot("week", page.locator("#plan"))
    page.get_by_text("Override with a reason").click()
    camera.shoot("override", page.locator("#answer"))
    page.get_by_role("button", name="Will be done under closer supervision").click()


def _ask(camera: Camera, decision: str) -> None:
    page = camera.page
    camera.go(decision)
    page.get_by_role("button", name="Why not: HIIT?").click()
    camera.shoot("why-not")
    camera.go(f"{decision}/what-if")
    page.locator('[name="fact.hr_rest"]').fill("60")
    page.get_by_role("button", name="What would change?").click()
    camera.shoot("what-if")


def _check_in(camera: Camera, decision: str) -> None:
    page = camera.page
    for day, change in _COURSE:
        camera.go(f"{decision}/check-in")
        page.locator("#evaluation_date").fill(day)
        for name, value in {**WELL, **change}.items():
            field = page.locator(f'[name="fact.{name}"]')
            if not field.first.is_visible():
                continue
            if field.first.get_attribute("type") == "radio":
                page.check(f'[name="fact.{name}"][value="{str(value).lower()}"]')
            else:
                field.fill(str(value))
        if day == _COURSE[-1][0]:
            camera.shoot("check-in")
        decide(page)
        page.wait_for_url("**/follow-ups/*")
    camera.shoot("next-dose")
    camera.shoot("course", page.locator("#course"))


def _print(camera: Camera, path: str) -> None:
    """The first sheet of the PDF, where the machine can draw one."""
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        print("  without pdftoppm the picture of the PDF stays as it is")
        return
    command = [drawer, "-png", "-r", "60", "-f", "1", "-singlefile", "-"]
    drawn = subprocess.run(command, input=camera.server.get(path).body, capture_output=True)
    camera.save("pdf", drawn.stdout)
    print("  pdf")


def _audit(camera: Camera) -> None:
    page = camera.page
    camera.go("/audit?kind=decision")
    camera.shoot("audit")
    page.locator("tbody").get_by_role("link", name="decision").first.click()
    page.get_by_role("button", name="Replay").click()
    camera.shoot("replay")


def _author(camera: Camera) -> None:
    page = camera.page
    camera.go("/rules?q=osteoporosis")
    camera.shoot("rules")
    page.locator("tbody a").first.click()
    camera.shoot("rule")
    draft = (ROOT / "rules/contraindications/blood_pressure.yaml").read_text(encoding="utf-8")
    bound = "{fact: sbp_rest, at_least: 180, unit: 'mm[Hg]'}"
    patient = json.loads((ROOT / f"web/examples/{_EXAMPLE}.json").read_text(encoding="utf-8"))
    for name, button in (("draft", "on the patient"), ("impact", "on the newest")):
        camera.go("/drafts")
        page.get_by_role("textbox", name="Topic").fill(
            draft.replace(bound, bound.replace("180", "101"), 1)
        )
        page.get_by_role("textbox", name="Patient").fill(json.dumps(patient, indent=1))
        page.get_by_role("button", name=button).click()
        page.locator(".card-box h2").wait_for()
        camera.shoot(name)


@contextmanager
def _camera(folder: Path) -> Iterator[Camera]:
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        print("The service starts.", flush=True)
        with running(Path(data) / "data", CDS_WORKERS="1") as server:
            yield Camera(server, browser.new_page(locale="en"), folder)
        browser.close()


def main() -> None:
    """Takes all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with _camera(folder) as camera:
        take_tour(camera)
    size = sum(picture.stat().st_size for picture in folder.glob("*.webp"))
    print(f"{size // 1000} kB of pictures in {folder}.")


if __name__ == "__main__":
    main()
