"""Other versions of the knowledge: copies of the shipped files with a few words changed."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from cds.knowledge.files import ROOT

Edit = tuple[str, str]
_TOPIC = Path("rules") / "contraindications" / "blood_pressure.yaml"
#: A session is held from 170 mmHg on, no longer from 180.
HELD_EARLIER: Edit = ("{fact: sbp_rest, at_least: 180,", "{fact: sbp_rest, at_least: 170,")
#: It is held from 115 mmHg on, no longer from 110.
HELD_LATER: Edit = ("{fact: dbp_rest, at_least: 110,", "{fact: dbp_rest, at_least: 115,")
#: Resistance at 160/100 mmHg goes to 39 % 1RM, no longer to 49.
LIGHTER: Edit = ("at_most: 49\n", "at_most: 39\n")
#: The message of the hold.
REWORDED: Edit = ("no session today. Rest", "no session on this day. Rest")


def tree(folder: Path, *edits: Edit) -> Path:
    """A folder with `knowledge` and `rules` in which each edit was made once."""
    for name in ("knowledge", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.py", "__py*"))
    text = _edited((folder / _TOPIC).read_text(encoding="utf-8"), edits)
    (folder / _TOPIC).write_text(text, encoding="utf-8")
    return folder


def _edited(text: str, edits: Iterable[Edit]) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
