"""The command that decides for a whole population, from files or from a server."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cds.errors import IntakeError
from cds.population.progress import Progress
from cds.schemas.decision_request import check_evaluation_date
from cds.settings import Settings, read_settings

#: Finished, but something was left out; 2 is an error, 130 an interruption.
LEFT_OUT, INTERRUPTED = 1, 130
_HELP = "decide for every patient of a FHIR bulk export (NDJSON), of a folder of Bundles or server"


def add_population_command(verbs: Any, day: Callable[[str], date]) -> None:
    """Adds the command to the subparsers of the command line; `day` reads a date."""
    parser = verbs.add_parser("population", help=_HELP)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "input", nargs="?", type=Path, help="a folder or file: .ndjson, .json, also .gz"
    )
    given.add_argument(
        "--from",
        dest="server",
        metavar="ADDRESS",
        help="ask this server of CDS_BULK_SERVERS for an export, or its group: ADDRESS/Group/ID",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder of the results")
    parser.add_argument("--evaluation-date", type=day, help="YYYY-MM-DD; today when left out")
    parser.add_argument("--workers", type=_count, help="processes; as many as cores when left out")
    parser.add_argument(
        "--record", action="store_true", help="record each decision, as a call does"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on a terminal")
    parser.set_defaults(run=_population)


def _population(options: argparse.Namespace) -> int:
    from cds.population.run import Asked, run_population  # what it imports nobody else needs

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
    from cds.bulk.fetching import fetch_export  # as above

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


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 256:
        raise argparse.ArgumentTypeError("Use a whole number from 1 to 256.")
    return int(text)
