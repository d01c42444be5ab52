"""The corpus of bad files: each one an edit of a sound file, and the one message it gives.

A fault in `bad/*.txt` begins with `== name`, and `@ file` when it is not the topic of bones.
Then come whole lines: two spaces for one that stays, `-` for one that goes, `+` for one that
comes. The message is expected at the line with `!` (one that comes) or `=` (one that stays), and
`> ` holds it. After `@ when` the lines stand in place of the first rule's whole condition, after
`@ effect` in place of the second rule's first effect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.rules.small_root import BONES, FILES, PLACE, PLACES, ROW, ROWS

BAD = Path(__file__).parent / "bad"
_WHEN = """\
      any:
        - condition: osteoporosis
        - fact: dxa_t_score
          at_most: -2.5
          unit: "{T-score}"
        - fact: vertebral_fracture
"""
_EFFECT = """\
      - contraindicate:
          kind: hold_today
          scope: all
          severity: high
          action: hold_today
          message: Hold today.
          alternatives: [Sit and rest]
          reopens: Below 180
"""
_WHOLE = {"when": _WHEN, "effect": _EFFECT}


@dataclass(frozen=True)
class Fault:
    """One edit: lines of one file that are replaced, and what is reported where."""

    name: str
    file: str = BONES
    old: str = ""
    new: str = ""
    at: int = 0
    message: str = ""

    def edit(self, files: Mapping[str, str]) -> dict[str, str]:
        """The files with the fault in one of them."""
        text = files[self.file]
        assert text.count(self.old) >= 1, f"{self.name}: the lines are not in {self.file}"
        return {**files, self.file: text.replace(self.old, self.new, 1)}

    def report(self, files: Mapping[str, str]) -> str:
        """The message with its place, as it is shown."""
        before = files[self.file].partition(self.old)[0]
        return f"{self.file}:{before.count(chr(10)) + self.at}: {self.message}"


def read_faults(name: str) -> list[Fault]:
    """The faults of one file of the corpus."""
    blocks = (BAD / f"{name}.txt").read_text(encoding="utf-8").split("\n== ")
    return [_fault(block.splitlines()) for block in blocks[1:]]


def _fault(lines: list[str]) -> Fault:
    fault = Fault(lines[0])
    for kind, text in _marked(lines[1:]):
        if kind == "@" and text in _WHOLE:
            fault = replace(fault, old=_WHOLE[text])
        elif kind == "@":
            fault = replace(fault, file=text)
        elif kind == ">":
            fault = replace(fault, message=f"{fault.message} {text}".strip())
        else:
            stays = text + "\n" if kind in " =-" else ""
            comes = text + "\n" if kind in " =+!" else ""
            if kind in "!=":
                fault = replace(fault, at=fault.new.count("\n") + 1)
            fault = replace(fault, old=fault.old + stays, new=fault.new + comes)
    return fault


def _marked(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line:
            yield line[0], line[2:]


def sound_rules() -> dict[str, str]:
    """The small rules without their cases, so that a fault is told by its file alone."""
    sound = {name: text for name, text in FILES.items() if not name.endswith(".cases.yaml")}
    return {**sound, ROWS: ROW, PLACES: PLACE}
