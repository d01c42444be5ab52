"""What the command does that decides for a whole population, of files or from a server."""

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.errors import IntakeError
from cds.population.progress import Progress
from cds.population.run import Asked, run_population
from cds.schemas.decision_request import check_evaluation_date
from cds.settings import Settings, read_settings

#: Finished, but something was left out; 2 is an error, 130 an interruption.
LEFT_OUT, INTERRUPTED = 1, 130


def decide_population(options: argparse.Namespace) -> int:
    """Decides for everybody."""
    today, day = datetime.now(UTC).date(), options.evaluation_date
    if day is not None and (refusals := check_evaluation_date(day, today, "--evaluation-date")):
        raise IntakeError(refusals)
    workers = options.workers or len(os.sched_getaffinity(0))
    os.umask(0o077)  # all that is written is about patients
    settings = read_settings(os.environ)
    progress = Progress(sys.stderr, shown=sys.stderr.isatty() and not options.quiet)
    where, export = options.input, None
    try:
        if options.server:
            where, export = _exported(options.server, options.out, settings, progress)
        asked = Asked(where, options.out, day, workers, options.record, export)
        summary = run_population(asked, settings, today, progress)
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    print(_told(summary, options.out))
    return LEFT_OUT if summary["problems"] else 0


def _exported(
    address: str, out: Path, settings: Settings, progress: Progress
) -> tuple[Path, Mapping[str, str]]:
    """The files that the server gives, and what is to be said of where they come from.

    Raises: CdsError.
    """
    from cds.bulk.fetching import fetch_export  # only where a server is asked

    found = fetch_export(address, settings, out, progress)
    if found.note:
        print(found.note, file=sys.stderr)
    return found.where, {"server": found.address, "moment": found.moment}


def _told(summary: dict[str, Any], out: Path) -> str:
    left = sum(count for kind, count in summary["problems"].items())
    told = f"{summary['patients']:,} patients: {summary['decided']:,} decided, "
    told += f"{summary['undecided']:,} without a decision. See {out / 'summary.html'}."
    if left:
        told += f"\n{left:,} entries in {out / 'problems.ndjson'} say what was left out, and where."
    return told
