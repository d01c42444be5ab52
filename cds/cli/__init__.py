"""python -m cds: serve, decide, and the commands of a rule author."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from cds.cli.authoring import FAILED, add_commands
from cds.cli.deciding_parsers import (
    add_codes_command,
    add_deciding_commands,
    add_population_command,
)
from cds.cli.record_parsers import (
    add_database_commands,
    add_feedback_commands,
    add_key_commands,
    add_record_commands,
)
from cds.cli.replay_parsers import add_replay_commands
from cds.errors import CdsError, IntakeError, LoadError

_COMMANDS: tuple[Callable[[Any], None], ...] = (
    add_deciding_commands,
    add_commands,
    add_codes_command,
    add_record_commands,
    add_database_commands,
    add_feedback_commands,
    add_replay_commands,
    add_key_commands,
    add_population_command,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it succeeded, 2 when its input or the knowledge is at fault."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given[0] if given else "").parse_args(given)
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


def _parser(asked: str) -> argparse.ArgumentParser:
    """What reads the command that is asked for; it knows all only when it has to tell them."""
    parser = argparse.ArgumentParser(prog="cds", description="Exercise therapy decision support.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(verbs)
        if asked in verbs.choices:
            break  # a service starts without waiting for three dozen commands to be described
    return parser


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
