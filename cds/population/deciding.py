"""The decision of each patient of a batch: the same as one call for each."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from cds.audit.canonical import Canonical, canonical
from cds.errors import AuditError, EngineError, IntakeError
from cds.http.core import CoreService
from cds.http.pipeline import answer_text
from cds.model.answer import Decision
from cds.model.intake import Intake
from cds.observability import frames
from cds.population.row import Row, row_of
from cds.population.spill import Person, Spill

#: Patients of one batch: some seconds of work, which is what an interruption costs at most.
BATCH = 32
_DISAGREE = "The two evaluators disagree, so there is no answer. Report it with the place."
_FAULT = "A fault of the service ({what}), so there is no answer. Report it with the place."

#: What keeps a decision before it is told, and how it is then told.
Keep = Callable[[Person, Intake], Canonical]


class Told(Struct, frozen=True):
    """What is written of one patient: a line of the answers, and what the tables are made of."""

    line: str
    row: Row
    also: dict[str, Any]


class Decider:
    """Decides; with `keep` each decision is recorded and told as recorded.

    `days` are the day that is decided for, and that on which the run began: it tells which reviews
    are overdue, also in a run that is gone on with later.
    """

    def __init__(
        self, core: CoreService, days: tuple[date, date], keep: Keep | None = None
    ) -> None:
        self._core, self._keep = core, keep
        self._day, self._given = days

    def decide(self, person: Person) -> Told:
        """The decision, or why there is none.

        Raises: AuditError when a decision could not be recorded.
        """
        try:
            intake = self._core.read_bundle(person.bundle, self._day)
            decision = self._core.decide(intake, self._day, self._given)
            text = self._keep(person, intake) if self._keep else answer_text(decision)
        except IntakeError as error:
            return self._refused(
                person, [f"{person.locate(r.pointer)}: {r.detail}" for r in error.refusals]
            )
        except EngineError:
            return self._refused(person, [_DISAGREE])
        except AuditError:
            raise
        except Exception as error:  # one record that breaks us must not end the run for all others
            what = f"{type(error).__name__} at {(frames(error) or ['?'])[-1]}"
            return self._refused(person, [_FAULT.format(what=what)])
        line = _line(person, "decision", text)
        return Told(line, row_of(person.id, person.place, intake, decision), _also(decision))

    def _refused(self, person: Person, why: list[str]) -> Told:
        row = Row(person.id, person.place, False, self._day, self._core.knowledge_sha256)
        return Told(_line(person, "undecided", canonical(why)), row, {"undecided": why})


def batches_of(people: int) -> range:
    """The batches of so many patients."""
    return range(-(-people // BATCH))


def size_of(batch: int, people: int) -> int:
    """How many patients of so many are in a batch."""
    return min(BATCH, people - batch * BATCH)


def decide_batch(spill: Spill, decider: Decider, batch: int, folder: Path) -> int:
    """Writes the answers of one batch, and returns how many there are.

    Raises: AuditError; OSError when the disk is full.
    """
    told = [decider.decide(p) for p in spill.persons(batch * BATCH + 1, (batch + 1) * BATCH)]
    _write(lines_of(folder, batch), (each.line for each in told))
    # Last, as this is what says that the batch is done.
    _write(rows_of(folder, batch), (_row_line(each) for each in told))
    return len(told)


def lines_of(folder: Path, batch: int) -> Path:
    """Where the answers of a batch are."""
    return folder / f"{batch:09}.lines"


def rows_of(folder: Path, batch: int) -> Path:
    """Where the rows of a batch are; the batch is done when they are there."""
    return folder / f"{batch:09}.rows"


def _line(person: Person, member: str, text: str) -> str:
    """`text` is JSON already."""
    whose = f'"patient":{json.dumps(person.id)},"place":{json.dumps(person.place)}'
    return f'{{{whose},"{member}":{text}}}'


def _row_line(told: Told) -> str:
    return canonical({"row": asdict(told.row), **told.also})


def _also(decision: Decision) -> dict[str, Any]:
    return {
        "questions": [question.fact for question in decision.missing],
        "unmapped": [
            {"kind": item.kind, "system": item.system, "code": item.code, "text": item.text}
            for item in decision.unmapped
            if item.code
        ],
        "unmapped_texts": sum(not item.code for item in decision.unmapped),
    }


def _write(path: Path, lines: Iterator[str]) -> None:
    """Written aside, brought to the disk and renamed: there is a whole file or none."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
