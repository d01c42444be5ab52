"""python -m cds: serve, decide, and the commands of a rule author."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.cli.activation import add_activation_command
from cds.cli.authoring import FAILED, add_commands
from cds.cli.codes import add_codes_command
from cds.cli.database import add_database_commands
from cds.cli.feedback import add_feedback_commands, day
from cds.cli.keys import add_key_commands
from cds.cli.population import add_population_command
from cds.cli.records import add_record_commands
from cds.cli.replay_parsers import add_replay_commands
from cds.errors import CdsError, IntakeError, LoadError, Refusal
from cds.http.core import CoreService, load_core
from cds.model.decision import as_json
from cds.observability import configure_logging
from cds.schemas.decision_request import (
    DecisionRequest,
    check_evaluation_date,
    read_decision_request,
)
from cds.schemas.follow_up_request import read_follow_up_request
from cds.settings import read_policies, read_settings, unknown_settings
from cds.strict_json import JsonLimits, read_json

_FILE_LIMITS = JsonLimits(
    bytes=50_000_000, members=5_000, items=50_000, text=5_000_000, digits=60, values=2_000_000
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it succeeded, 2 when its input or the knowledge is at fault."""
    options = _parser().parse_args(arguments)
    configure_logging()
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        return _stop_writing()
    except (IntakeError, LoadError) as error:
        return _say(_lines(error))
    except CdsError as error:
        return _say([str(error)])
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cds", description="Exercise therapy decision support.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = verbs.add_parser("serve", help="serve on CDS_BIND, records in CDS_DATA_DIR")
    serve.set_defaults(run=_serve)
    decide = verbs.add_parser("decide", help="decide on a JSON request or a FHIR bundle")
    decide.add_argument("file", type=Path, help="the file, or - for standard input")
    decide.add_argument("--json", action="store_true", help="the decision as JSON")
    decide.add_argument("--fhir", action="store_true", help="the file is a FHIR R4 Bundle")
    decide.add_argument("--evaluation-date", type=day, help="YYYY-MM-DD; today when left out")
    decide.set_defaults(run=_decide)
    check_in = verbs.add_parser("follow-up", help="answer a JSON check-in, as JSON")
    check_in.add_argument("file", type=Path, help="the file, or - for standard input")
    check_in.set_defaults(run=_follow_up)
    add_commands(verbs)
    add_codes_command(verbs, _document, day)
    add_record_commands(verbs)
    add_database_commands(verbs)
    add_feedback_commands(verbs)
    add_replay_commands(verbs)
    add_key_commands(verbs)
    add_activation_command(verbs)
    add_population_command(verbs, day)
    return parser


def _serve(_: argparse.Namespace) -> int:
    from cds.server import serve  # the server library is needed for this command only

    for name in unknown_settings(os.environ):
        print(f"{name} is not a setting of this service and is ignored.", file=sys.stderr)
    serve(read_settings(os.environ))
    return 0


def _decide(options: argparse.Namespace) -> int:
    from cds.report import report  # as above

    core = _core()
    request = _request(options, core)
    today = datetime.now(UTC).date()
    decision = core.decide(request.intake, request.evaluation_date, today)
    if options.json:
        print(json.dumps(as_json(decision), ensure_ascii=False, indent=2))
    else:
        print(report(as_json(decision), core.names()))
    return 0


def _follow_up(options: argparse.Namespace) -> int:
    core = _core()
    document = read_json(_bytes(options.file), _FILE_LIMITS)
    today = datetime.now(UTC).date()
    asked = read_follow_up_request(document, core.terms, today)
    if asked.decision is not None:
        detail = "No record is read here. Leave it out, or send it to POST /v1/follow-ups."
        raise IntakeError([Refusal("/decision", detail)])
    answer = core.follow_up(asked.told.intake, asked.told.evaluation_date, today=today)
    print(json.dumps(as_json(answer), ensure_ascii=False, indent=2))
    return 0


def _core() -> CoreService:
    """The knowledge as the site follows it. Cases prove rules; a decision needs none."""
    return load_core(with_cases=False, site_policies=read_policies(os.environ))


def _request(options: argparse.Namespace, core: CoreService) -> DecisionRequest:
    today = datetime.now(UTC).date()
    document = read_json(_bytes(options.file), _FILE_LIMITS)
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


def _document(path: Path) -> Any:
    return read_json(_bytes(path), _FILE_LIMITS)


def _bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CdsError(f"{path} cannot be read: {error.strerror}.") from None


def _lines(error: IntakeError | LoadError) -> list[str]:
    if isinstance(error, LoadError):
        return [str(problem) for problem in error.problems]
    return [f"{refusal.pointer or '/'}: {refusal.detail}" for refusal in error.refusals]


def _stop_writing() -> int:
    """The reader, like `head`, has seen enough; what is still buffered has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(lines: Sequence[str]) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return FAILED
