"""Structured logs: one JSON line per event, holding allow-listed keys only, never a value.

What was submitted has no way into a log: a key that is not listed here is dropped, and an
exception is logged as its class and its frames, without its message.
"""

import logging
import sys
import time
from types import TracebackType
from typing import Any

import structlog

KEYS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "problem",
        "refusals",
        "error",
        "frames",
        "check",
        "sequence",
        "knowledge",
        "rules",
        "worker",
        "who",
    }
)
_LONGEST = 200


def configure_logging() -> None:
    """Sends our events to stderr as JSON lines, and quiets the libraries' own loggers."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


def keep_allowed(_: Any, __: str, event: Any) -> dict[str, Any]:
    """The event with its allow-listed keys and plain, short values only."""
    return {key: _plain(value) for key, value in event.items() if key in KEYS}


def log() -> Any:
    """The logger."""
    return structlog.get_logger()


def frames(error: BaseException) -> list[str]:
    """Where an exception came from, innermost last: file, line and function, no values."""
    found: list[str] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{_short(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-12:]


def error_chain(error: BaseException) -> str:
    """The classes of the exception and of what caused it."""
    names = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(names) < 4:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return " < ".join(names)


class Stopwatch:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def milliseconds(self) -> float:
        """How long it has run."""
        return round((time.perf_counter() - self._start) * 1_000, 2)


def _short(path: str) -> str:
    return "/".join(path.split("/")[-3:])


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if isinstance(value, list):
        return [str(item)[:_LONGEST] for item in value[:12]]
    return str(value)[:_LONGEST]
