"""What the commands about feedback do: how the rules are used, and the export."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from cds.cli.records import actor, open_record
from cds.errors import LoadError
from cds.feedback.analytics import Counts
from cds.feedback.export import as_csv, export_rows, note_export
from cds.http.feedback import analytics_view, export_view
from cds.http.loading import load_core
from cds.knowledge.documents import Problems
from cds.knowledge.feedback_file import load_feedback
from cds.knowledge.files import ROOT
from cds.model.feedback import FeedbackTerms
from cds.settings import read_policies

Json = Mapping[str, Any]


def run_analytics(options: argparse.Namespace) -> int:
    """Says how the rules are used."""
    core = load_core(with_cases=False, site_policies=read_policies(os.environ))
    with open_record() as store:
        view = analytics_view(Counts(), store, core)
    if options.json:
        print(json.dumps(view, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(view)))
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Exports what people answered."""
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
