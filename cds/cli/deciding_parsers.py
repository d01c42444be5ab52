"""The commands that serve, that decide, and that say how a record was read."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from cds.cli.authoring import later

_POPULATION = (
    "decide for every patient of a FHIR bulk export (NDJSON), of a folder of Bundles or server"
)


def add_deciding_commands(verbs: Any) -> None:
    """Adds `serve`, `decide` and `follow-up` to the subparsers of the command line."""
    serve = verbs.add_parser("serve", help="serve on CDS_BIND, records in CDS_DATA_DIR")
    serve.set_defaults(run=later("run_serve", "cds.cli.serving"))
    decide = verbs.add_parser("decide", help="decide on a JSON request or a FHIR bundle")
    decide.add_argument("file", type=Path, help="the file, or - for standard input")
    decide.add_argument("--json", action="store_true", help="the decision as JSON")
    decide.add_argument("--fhir", action="store_true", help="the file is a FHIR R4 Bundle")
    decide.add_argument("--evaluation-date", type=day, help="YYYY-MM-DD; today when left out")
    decide.set_defaults(run=later("run_decide", "cds.cli.deciding"))
    check_in = verbs.add_parser("follow-up", help="answer a JSON check-in, as JSON")
    check_in.add_argument("file", type=Path, help="the file, or - for standard input")
    check_in.set_defaults(run=later("run_follow_up", "cds.cli.deciding"))


def add_codes_command(verbs: Any) -> None:
    """Adds `codes explain`."""
    verb = verbs.add_parser("codes", help="why codes and names mean what they mean")
    explain = verb.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "explain", help="why a FHIR bundle was read as it was, and what was not read"
    )
    explain.add_argument("file", type=Path, help="the Bundle, or - for standard input")
    explain.add_argument(
        "--for", dest="asked", metavar="CONDITION", help="an id or name: only why this was read"
    )
    explain.add_argument("--json", action="store_true", help="as JSON")
    explain.add_argument("--evaluation-date", type=day, help="YYYY-MM-DD; today when left out")
    explain.set_defaults(run=later("run_explain", "cds.cli.codes"))


def add_population_command(verbs: Any) -> None:
    """Adds `population`."""
    parser = verbs.add_parser("population", help=_POPULATION)
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
    parser.set_defaults(run=later("decide_population", "cds.cli.population"))


def day(text: str) -> date:
    """A day of the command line.

    Raises: ArgumentTypeError.
    """
    from cds.schemas.strict_fields import NOT_A_DAY, read_day  # only where a day is named

    found = read_day(text)
    if found is None:
        raise argparse.ArgumentTypeError(NOT_A_DAY)
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 256:
        raise argparse.ArgumentTypeError("Use a whole number from 1 to 256.")
    return int(text)
