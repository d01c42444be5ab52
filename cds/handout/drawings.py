"""The drawings of the handout: one small file for each kind of exercise and sign."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "icons"
_OTHER = "other"


@cache
def icon(name: str) -> str:
    """The drawing as SVG; a kind that has none of its own gets the general one."""
    known = {path.stem: path for path in _FOLDER.glob("*.svg")}
    return known.get(name, known[_OTHER]).read_text(encoding="utf-8").strip()
