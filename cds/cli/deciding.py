"""What the commands do that decide on one file."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.errors import CdsError, IntakeError, Refusal
from cds.http.core import CoreService
from cds.http.loading import load_core
from cds.model.decision import as_json
from cds.schemas.decision_request import (
    DecisionRequest,
    check_evaluation_date,
    read_decision_request,
)
from cds.schemas.follow_up_request import read_follow_up_request
from cds.settings import read_policies
from cds.strict_json import JsonLimits, read_json

_FILE_LIMITS = JsonLimits(
    bytes=50_000_000, members=5_000, items=50_000, text=5_000_000, digits=60, values=2_000_000
)


def run_decide(options: argparse.Namespace) -> int:
    """Decides on one file."""
    from cds.report import report  # only where a person reads it

    core = _core()
    request = _request(options, core)
    today = datetime.now(UTC).date()
    decision = core.decide(request.intake, request.evaluation_date, today)
    if options.json:
        print(json.dumps(as_json(decision), ensure_ascii=False, indent=2))
    else:
        print(report(as_json(decision), core.names()))
    return 0


def run_follow_up(options: argparse.Namespace) -> int:
    """Answers one check-in."""
    core = _core()
    document = read_document(options.file)
    today = datetime.now(UTC).date()
    asked = read_follow_up_request(document, core.terms, today)
    if asked.decision is not None:
        detail = "No record is read here. Leave it out, or send it to POST /v1/follow-ups."
        raise IntakeError([Refusal("/decision", detail)])
    answer = core.follow_up(asked.told.intake, asked.told.evaluation_date, today=today)
    print(json.dumps(as_json(answer), ensure_ascii=False, indent=2))
    return 0


def read_document(path: Path) -> Any:
    """The JSON of a file, or of standard input.

    Raises: CdsError, IntakeError.
    """
    return read_json(_bytes(path), _FILE_LIMITS)


def _core() -> CoreService:
    """The knowledge as the site follows it. Cases prove rules; a decision needs none."""
    return load_core(with_cases=False, site_policies=read_policies(os.environ))


def _request(options: argparse.Namespace, core: CoreService) -> DecisionRequest:
    today = datetime.now(UTC).date()
    document = read_document(options.file)
    bundle = isinstance(document, dict) and document.get("resourceType") == "Bundle"
    if not (options.fhir or bundle):
        if options.evaluation_date is not None and isinstance(document, dict):
            document["evaluation_date"] = options.evaluation_date.isoformat()
        return read_decision_request(document, core.terms, today)
    day = options.evaluation_date or today
    refusals = check_evaluation_date(day, today, "--evaluation-date")
    if refusals:
        raise IntakeError(refusals)
    return DecisionRequest(core.read_bundle(document, day), day)


def _bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CdsError(f"{path} cannot be read: {error.strerror}.") from None
