"""The rows of the clinical reference as its files in place state them."""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

SHARED = Path(os.environ.get("CDS_SHARED", Path(__file__).parents[2] / ".." / "shared"))
FOLDER = SHARED / "clinical" / "safety"
FILES = ("screening", "contraindications", "cardiac", "medications", "intensity", "hiit")
PROGRESSION = SHARED / "clinical" / "prescription" / "progression_rules.csv"
_ID = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+")
_SECTION = re.compile(r"\d+(?:\.\d+)*")


def stated_rows() -> Iterator[tuple[str, str, str, str]]:
    """Each row: id, file, number of the section, severity where the table has that column."""
    for name in FILES:
        section, head = "", []
        for line in (FOLDER / f"{name}.md").read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                number = _SECTION.match(line.lstrip("# "))
                section = number.group() if number else ""
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[0] == "id":
                head = cells
            elif line.startswith("|") and _ID.fullmatch(cells[0]):
                severity = dict(zip(head, cells, strict=False)).get("severity", "")
                yield cells[0], f"{name}.md", section, severity
    with PROGRESSION.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield row["row"], "progression.md", "2", ""
