"""The commands that decide on recorded input again: replay, impact."""

import argparse
from typing import Any

from cds.cli.authoring import later

_MODULE = "cds.cli.replays"


def add_replay_commands(verbs: Any) -> None:
    """Adds each command to the subparsers of the command line."""
    replay = verbs.add_parser("replay", help="make recorded decisions again: byte for byte equal?")
    replay.add_argument("--id", help="this record only, as JSON, also under present knowledge")
    replay.set_defaults(run=later("run_replay", _MODULE))
    impact = verbs.add_parser(
        "impact", help="what the present knowledge changes for the persons in the record"
    )
    impact.add_argument(
        "--against", required=True, metavar="REV_OR_DIR", help="a git revision, or a folder"
    )
    impact.add_argument("--json", action="store_true", help="the report as JSON")
    impact.set_defaults(run=later("run_impact", _MODULE))
    for parser in (replay, impact):
        parser.add_argument("--limit", type=_count, help="the newest so many; all when left out")
        parser.add_argument("--workers", type=_count, help="processes; as many as there are cores")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("Give a whole number from 1.")
    return int(text)
