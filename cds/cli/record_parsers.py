"""The commands of who runs the service: its records, their file, feedback, keys, activation."""

import argparse
from pathlib import Path
from typing import Any

from cds.cli.authoring import later
from cds.cli.deciding_parsers import day
from cds.trust.roles import Role


def add_record_commands(verbs: Any) -> None:
    """Adds verify, checkpoint, export, erase, hold, release, retain and what follows a loss."""
    check = _add(verbs, "verify", "check the records: nothing changed, missing or added")
    check.add_argument(
        "--checkpoints", type=Path, action="append", default=[], help="signed ones kept elsewhere"
    )
    _add(verbs, "checkpoint", "sign what there is now, to be kept elsewhere")
    out = _add(verbs, "export", "decisions without what identifies a person, as JSON lines")
    how = out.add_mutually_exclusive_group()
    how.add_argument("--sealed", action="store_true", help="as stored, for verify_records.py")
    how.add_argument("--fhir", action="store_true", help="every record as AuditEvent of FHIR R4")
    for name, help_ in (
        ("erase", "destroy the keys of a person's records"),
        ("hold", "forbid their erasure until they are released"),
        ("release", "end a legal hold"),
    ):
        _add_about(_add(verbs, name, help_))
    keep = _add(verbs, "retain", "what was kept longer than CDS_RETENTION_YEARS")
    keep.add_argument("--destroy", action="store_true", help="destroy its keys; else count them")
    _add(verbs, "accept-loss", "go on from a database whose end was lost")
    _add(verbs, "rotate-secret", "put a new secret to use; those before go on reading")


def add_database_commands(verbs: Any) -> None:
    """Adds `backup` and `encrypt-database`."""
    copy = _add(verbs, "backup", "copy the record's file while the service runs", _DATABASE)
    copy.add_argument("file", type=Path, help="the copy, which must not be there yet")
    move = _add(
        verbs,
        "encrypt-database",
        "rewrite the record's file under the key of CDS_DATABASE_KEY_FILE",
        _DATABASE,
    )
    move.add_argument("--from", dest="before", type=Path, help="the file of the key until now")


def add_feedback_commands(verbs: Any) -> None:
    """Adds `analytics` and `feedback export`."""
    use = _add(verbs, "analytics", "how often each rule fires, and what people answer", _FEEDBACK)
    use.add_argument("--json", action="store_true", help="all figures, as GET /v1/analytics/rules")
    feedback = verbs.add_parser("feedback", help="feedback to decisions")
    out = _add(
        feedback.add_subparsers(required=True, metavar="COMMAND"),
        "export",
        "who answered what to which recommendation, when and where",
        _FEEDBACK,
    )
    out.add_argument("--format", choices=("csv", "json"), default="csv")
    out.add_argument("--from", dest="since", type=day, help="YYYY-MM-DD, the first day in UTC")
    out.add_argument("--to", dest="until", type=day, help="YYYY-MM-DD, the last day in UTC")


def add_key_commands(verbs: Any) -> None:
    """Adds `keys`, and `activate`, which needs one."""
    keys = verbs.add_parser("keys", help="make, list and revoke API keys")
    does = keys.add_subparsers(required=True, metavar="WHAT")
    create = _add(does, "create", "make a key and show it once", _KEYS)
    create.add_argument(
        "--role", action="append", required=True, choices=[role.value for role in Role]
    )
    create.add_argument("--name", required=True, help="the system or post that uses it, no person")
    _add(does, "list", "every key that was ever made", _KEYS)
    revoke = _add(does, "revoke", "end a key and its sessions", _KEYS)
    revoke.add_argument("id")
    who = _add(does, "whois", "what records call the subject of a token", _KEYS)
    who.add_argument("--issuer", help="the claim 'iss', when it is not CDS_OIDC_ISSUER")
    who.add_argument("subject", help="the claim 'sub'; or - for standard input")
    use = "put the rules of this software to use, with a rule manager's key"
    _add(verbs, "activate", use, "cds.cli.activation")


_RECORDS, _DATABASE = "cds.cli.records", "cds.cli.database"
_FEEDBACK, _KEYS = "cds.cli.feedback", "cds.cli.keys"


def _add(verbs: Any, name: str, help_: str, module: str = _RECORDS) -> argparse.ArgumentParser:
    """A command that the function of its name in the module runs."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=help_)
    parser.set_defaults(run=later(f"run_{name.replace('-', '_')}", module))
    return parser


def _add_about(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--subject", help="the id that requests name, or - to read it from a pipe")
    whose.add_argument("--decision", help="the id of a decision about the person")
