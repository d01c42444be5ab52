"""The commands of an author: check, cases, mutate, lock, coverage, safety, translations."""

import argparse
import gc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

FAILED = 2


def add_commands(verbs: Any) -> None:
    """Adds each command to the subparsers of the command line."""
    checks = verbs.add_parser("check", help="check all knowledge and rules, and run their cases")
    checks.add_argument("root", nargs="?", type=Path, help="the folder with knowledge and rules")
    checks.add_argument("--strict", action="store_true", help="take warnings for problems")
    checks.add_argument("--warnings", action="store_true", help="show warnings too")
    checks.set_defaults(run=later("run_check"))
    cases = verbs.add_parser("cases", help="run the cases beside the rules")
    cases.set_defaults(run=later("run_all_cases"))
    mutate = verbs.add_parser(
        "mutate", help="change every rule in small ways: do its cases notice?"
    )
    mutate.add_argument("prefix", nargs="?", default="", help="only rules whose id begins so")
    mutate.set_defaults(run=later("run_mutate"))
    lock = verbs.add_parser("lock", help="lock the rules as they are, by version and hash")
    lock.set_defaults(run=later("run_lock"))
    coverage = verbs.add_parser("coverage", help="how much of the clinical reference is carried")
    coverage.add_argument("--write", action="store_true", help="write its two documents")
    coverage.set_defaults(run=later("run_coverage"))
    safety = verbs.add_parser(
        "safety", help="check the hazard log, the trace and the notes on foreign software"
    )
    safety.add_argument("--write", action="store_true", help="write their pages")
    safety.set_defaults(run=later("run_safety"))
    translations = verbs.add_parser(
        "translations", help="bring the handout's catalogues up to its English sentences"
    )
    translations.set_defaults(run=later("run_translations"))


def later(name: str, module: str = "cds.cli.commands") -> Callable[[argparse.Namespace], int]:
    """That function of the module, imported when it runs: no other command needs it."""

    def run(options: argparse.Namespace) -> int:
        from cds.observability import configure_logging  # not for the help

        command = getattr(import_module(module), name)
        gc.enable()  # what was imported stays, so `python -m cds` looked for no garbage till now
        configure_logging()
        code: int = command(options)
        return code

    return run
