"""A run from its input to its results; each step finds what an interrupted run has done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from cds.audit.chain import sha256
from cds.audit.opening import open_secret
from cds.errors import CdsError
from cds.garbage import collecting_nothing
from cds.http.canary import check_canaries, kept_canaries
from cds.http.core import CoreService
from cds.http.loading import load_kept_core
from cds.kept import Kept
from cds.model.intake import Intake
from cds.population.crew import Work, share_out
from cds.population.deciding import Decider, Keep, batches_of, decide_batch, rows_of, size_of
from cds.population.folder import Folder, hold_folder
from cds.population.gathering import gather
from cds.population.progress import Progress
from cds.population.record import keeper, note_run
from cds.population.results import put_together, read_summary
from cds.population.sources import Source, find_sources
from cds.population.spill import Spill
from cds.secret import Secret
from cds.settings import Settings

_MB = 1_000_000
#: What of the summary stays in the record.
_NOTED = ("input_sha256", "patients", "decided", "undecided", "problems", "disposition")


class Asked(Struct, frozen=True):
    """What a run is asked for; `day` None: today, or the day of the run that is gone on with.

    `export` says of which server the input is and as of when, where it was asked for there.
    """

    where: Path
    out: Path
    day: date | None
    workers: int
    record: bool = False
    export: Mapping[str, str] | None = None


def run_population(
    asked: Asked,
    settings: Settings,
    today: date,
    progress: Progress,
    load: Callable[[Settings, Secret], CoreService] | None = None,
) -> dict[str, Any]:
    """Decides for every patient of the input; returns the summary, as `summary.json` holds it.

    `load` stands in for loading the service where that was done before.
    Raises: CdsError, LoadError; each says what to do, and what was done is kept.
    """
    found = find_sources(asked.where)
    _check_apart(asked)
    secret = open_secret(settings)
    with hold_folder(asked.out) as folder:
        with collecting_nothing():
            core = (load or _load)(settings, secret)
        held = folder.begun() or {}
        day = asked.day or _day_of(held, "evaluation_date", today)
        given = _day_of(held, "given", today)
        about = _about(core, day, given, asked)
        files = [[source.name, source.size, source.modified_ns] for source in found.sources]
        run = folder.begin({"files": files, **about})
        note = partial(note_run, settings, secret, run)
        note("begun", about)
        if not folder.is_whole:
            keep = partial(keeper, settings, secret, run, core, day) if asked.record else None
            start = partial(_worker, folder, core, (day, given), keep)
            people = _gather(folder, found.sources, asked.workers, progress)
            _decide(folder, people, asked.workers, start, progress)
            said = {
                "notice": core.decide(Intake(), day, given).notice,
                "files_not_read": found.others,
            }
            _finish(folder, people, {**about, **said}, core.names())
        summary = read_summary(folder)
        note("ended", about | {name: summary[name] for name in _NOTED})
        folder.clear()
    return summary


def _day_of(held: Mapping[str, Any], name: str, today: date) -> date:
    """A day of the run that is gone on with."""
    return date.fromisoformat(held[name]) if held else today


def _load(settings: Settings, secret: Secret) -> CoreService:
    """The service as it serves; the canaries make it work out, before the fork, what stays."""
    kept = Kept(settings.data_dir, secret.derive("knowledge"))
    core = load_kept_core(kept, settings.policies)
    check_canaries(kept_canaries(kept), core)
    return core


def _check_apart(asked: Asked) -> None:
    where, out = asked.where.resolve(), asked.out.resolve()
    if where == out or where in out.parents:
        raise CdsError(
            f"{asked.out} lies in the input, and would be read as a part of it. Name a folder "
            "elsewhere with --out."
        )


def _about(core: CoreService, day: date, given: date, asked: Asked) -> dict[str, Any]:
    return {
        "evaluation_date": day.isoformat(),
        "given": given.isoformat(),
        "knowledge": core.knowledge_sha256,
        "software": core.knowledge_version,
        "site_policies": dict(core.site_policies),
        "record": asked.record,
        **({"export": dict(asked.export)} if asked.export else {}),
    }


def _gather(folder: Folder, sources: Sequence[Source], workers: int, progress: Progress) -> int:
    progress.begin("reading ", "MB", sum(source.size for source in sources) // _MB)
    people = gather(folder.spill, sources, workers, lambda done: progress.at(done // _MB))
    progress.end()
    return people


def _decide(
    folder: Folder, people: int, workers: int, start: Callable[[], Work], progress: Progress
) -> None:
    batches = batches_of(people)
    left = [batch for batch in batches if not rows_of(folder.work, batch).exists()]
    done = people - sum(size_of(batch, people) for batch in left)
    progress.begin("deciding", "patients", people, done)

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress.at(done)

    share_out(left, workers, start, told)
    progress.end()


def _worker(
    folder: Folder,
    core: CoreService,
    days: tuple[date, date],
    make_keep: Callable[[], Keep] | None,
) -> Work:
    """What one process does, with a database connection of its own."""
    decider = Decider(core, days, make_keep() if make_keep else None)
    spill = Spill(folder.spill)
    return lambda batch: decide_batch(spill, decider, batch, folder.work)


def _finish(
    folder: Folder, people: int, about: Mapping[str, Any], names: Mapping[str, str]
) -> None:
    spill = Spill(folder.spill)
    files = [
        {"name": name, "sha256": hash_, "lines": lines} for name, hash_, lines in spill.files()
    ]
    listed = "".join(f"{file['sha256']} {file['name']}\n" for file in files)
    put_together(
        folder, spill, batches_of(people), {**about, "input_sha256": sha256(listed)}, files, names
    )
    spill.close()
