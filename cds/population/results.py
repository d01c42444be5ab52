"""The results of a run, put together from its batches in their order."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.population.deciding import lines_of, rows_of
from cds.population.folder import SUMMARY, Folder
from cds.population.page import write_page
from cds.population.sorting import Trouble
from cds.population.spill import Spill
from cds.population.table import write_table
from cds.population.tally import Tally

DECISIONS, TABLE, PROBLEMS, PAGE = (
    "decisions.ndjson",
    "decisions.parquet",
    "problems.ndjson",
    "summary.html",
)


def put_together(
    folder: Folder,
    spill: Spill,
    batches: Sequence[int],
    about: Mapping[str, Any],
    files: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
) -> None:
    """Writes every result, the summary last.

    Raises: OSError when the disk is full.
    """
    tally, troubles = Tally(), dict.fromkeys(Trouble, 0)
    with folder.writing(DECISIONS) as path, path.open("wb") as out:
        for batch in batches:
            with lines_of(folder.work, batch).open("rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)
    with folder.writing(PROBLEMS) as path, path.open("w", encoding="utf-8") as file:
        for kind, place, what in _troubles(folder, spill, batches):
            troubles[Trouble(kind)] += 1
            told = {"kind": kind, "place": place, "what": what}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    with folder.writing(TABLE) as path:
        write_table(path, _counted(_rows(folder, batches), tally))
    summary = {
        **about,
        "resources": spill.types(),
        "problems": {kind.value: count for kind, count in troubles.items() if count},
        **tally.as_json(),
        "files": files,
    }
    folder.write(PAGE, write_page(summary, names))
    folder.write(SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1) + "\n")


def read_summary(folder: Folder) -> dict[str, Any]:
    """The summary of a finished run."""
    found: dict[str, Any] = json.loads((folder.path / SUMMARY).read_text(encoding="utf-8"))
    return found


def _rows(folder: Folder, batches: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    for batch in batches:
        with rows_of(folder.work, batch).open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def _counted(found: Iterator[Mapping[str, Any]], tally: Tally) -> Iterator[Mapping[str, Any]]:
    for each in found:
        tally.add(each)
        yield each["row"]


def _troubles(
    folder: Folder, spill: Spill, batches: Sequence[int]
) -> Iterator[tuple[str, str, str]]:
    yield from spill.troubles()
    for found in _rows(folder, batches):
        for why in found.get("undecided", ()):
            yield Trouble.UNDECIDED, found["row"]["place"], why
