"""The command that decides for a whole population."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cds.errors import IntakeError
from cds.schemas.decision_request import check_evaluation_date
from cds.settings import read_settings

#: Finished, but something was left out; 2 is an error, 130 an interruption.
LEFT_OUT, INTERRUPTED = 1, 130
_HELP = "decide for every patient of a FHIR bulk export (NDJSON) or of a folder of Bundles"


def add_population_command(verbs: Any, day: Callable[[str], date]) -> None:
    """Adds the command to the subparsers of the command line; `day` reads a date."""
    parser = verbs.add_parser("population", help=_HELP)
    parser.add_argument("input", type=Path, help="a folder or file: .ndjson, .json, also .gz")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the results")
    parser.add_argument("--evaluation-date", type=day, help="YYYY-MM-DD; today when left out")
    parser.add_argument("--workers", type=_count, help="processes; as many as cores when left out")
    parser.add_argument(
        "--record", action="store_true", help="record each decision, as a call does"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on a terminal")
    parser.set_defaults(run=_population)


def _population(options: argparse.Namespace) -> int:
    from cds.population.progress import Progress  # what they import no other command needs
    from cds.population.run import Asked, run_population

    today, day = datetime.now(UTC).date(), options.evaluation_date
    if day is not None and (refusals := check_evaluation_date(day, today, "--evaluation-date")):
        raise IntakeError(refusals)
    workers = options.workers or len(os.sched_getaffinity(0))
    os.umask(0o077)  # all that is written is about patients
    asked = Asked(options.input, options.out, day, workers, options.record)
    progress = Progress(sys.stderr, shown=sys.stderr.isatty() and not options.quiet)
    try:
        summary = run_population(asked, read_settings(os.environ), today, progress)
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    print(_told(summary, options.out))
    return LEFT_OUT if summary["problems"] else 0


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
