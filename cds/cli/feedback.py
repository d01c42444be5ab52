"""The commands about feedback: how the rules are used, and the export."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from cds.cli.records import actor, open_record
from cds.errors import LoadError
from cds.feedback.analytics import Counts
from cds.feedback.export import as_csv, export_rows, note_export
from cds.http.core import load_core
from cds.http.feedback import analytics_view, export_view
from cds.knowledge.documents import Problems
from cds.knowledge.feedback_file import load_feedback
from cds.knowledge.files import ROOT
from cds.model.feedback import FeedbackTerms
from cds.schemas.strict_fields import NOT_A_DAY, read_day
from cds.settings import read_policies

Json = Mapping[str, Any]


def add_feedback_commands(verbs: Any) -> None:
    """Adds each command to the subparsers of the command line."""
    use = verbs.add_parser("analytics", help="how often each rule fires, and what people answer")
    use.add_argument("--json", action="store_true", help="all figures, as GET /v1/analytics/rules")
    use.set_defaults(run=_analytics)
    feedback = verbs.add_parser("feedback", help="feedback to decisions")
    out = feedback.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "export", help="who answered what to which recommendation, when and where"
    )
    out.add_argument("--format", choices=("csv", "json"), default="csv")
    out.add_argument("--from", dest="since", type=day, help="YYYY-MM-DD, the first day in UTC")
    out.add_argument("--to", dest="until", type=day, help="YYYY-MM-DD, the last day in UTC")
    out.set_defaults(run=_export)


def day(text: str) -> date:
    """A day of the command line.

    Raises: ArgumentTypeError.
    """
    found = read_day(text)
    if found is None:
        raise argparse.ArgumentTypeError(NOT_A_DAY)
    return found


def _analytics(options: argparse.Namespace) -> int:
    core = load_core(with_cases=False, site_policies=read_policies(os.environ))
    with open_record() as store:
        view = analytics_view(Counts(), store, core)
    if options.json:
        print(json.dumps(view, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(view)))
    return 0


def _export(options: argparse.Namespace) -> int:
    terms = _terms()
    with open_record() as store:
        by = actor()
        note_export(store, by.name, by.now)
        rows = export_rows(store, terms, options.since, options.until)
    if options.format == "csv":
        sys.stdout.write(as_csv(rows))
    else:
        print(json.dumps(export_view(rows, terms), ensure_ascii=False, indent=2))
    return 0


def _terms() -> FeedbackTerms:
    """The words of the reasons alone: no rule is needed to export."""
    problems = Problems()
    terms = load_feedback(ROOT, problems)
    if problems.found:
        raise LoadError(problems.found)
    return terms


def _lines(view: Json) -> Iterator[str]:
    """What asks for a look first, then each rule that ever fired, the most frequent first."""
    counted = ", ".join(f"{count} of kind {kind}" for kind, count in view["answers"].items())
    yield f"Answers: {counted}; {view['erased']} were erased and are not counted."
    for rule in view["rules"]:
        for warning in rule["warnings"]:
            yield f"warning: {rule['rule']} ({rule['kind']}): {warning['text']}"
    fired = [rule for rule in view["rules"] if rule["fires"]]
    for rule in sorted(fired, key=lambda rule: (-rule["fires"], rule["rule"])):
        said = rule["feedback"]
        yield (
            f"{rule['rule']} ({rule['kind']}): {rule['fires']} fires, {rule['per_100']} per 100; "
            f"accepted {said['accepted']}, overridden {said['overridden']}, "
            f"ignored {said['ignored']}; last {rule['last_fired']}"
        )
    silent = sum(not rule["fires"] for rule in view["rules"])
    yield f"{silent} rules never fired."
