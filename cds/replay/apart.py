"""Work in a process of its own: what it leaks or breaks ends with the process."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from cds.errors import CdsError

T = TypeVar("T")
_FORK = get_context("fork")
_NO_END = "It took longer than {seconds} seconds and was stopped."
_DIED = "The process that worked on it ended without an answer."


def run_apart(work: Callable[[], T], seconds: float) -> T:
    """What the work gives, plain values; it must use no database and no other thread.

    Raises: CdsError with the words of the error that the work ended in, or when it takes too long.
    """
    receiver, sender = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_send, args=(work, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise CdsError(_NO_END.format(seconds=f"{seconds:g}"))
        failed, found = receiver.recv()
    except EOFError:
        raise CdsError(_DIED) from None
    finally:
        process.kill()
        process.join()
        receiver.close()
    if failed:
        raise CdsError(found)
    answer: T = found
    return answer


def _send(work: Callable[[], Any], sender: Connection) -> None:
    try:
        found = False, work()
    except CdsError as error:
        found = True, error.message
    sender.send(found)
    sender.close()
