"""Work on many records by all cores: processes that are forked when everything is loaded."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from cds.errors import CdsError

T = TypeVar("T")
#: Records that one process takes at once: few enough that progress is seen.
AT_ONCE = 20
Seqs = Sequence[int]

_work: Callable[[Seqs], Any]


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0))


def in_parallel(
    start: Callable[[], Callable[[Seqs], Sequence[T]]], seqs: Seqs, workers: int
) -> Iterator[Sequence[T]]:
    """What the work gives for each part of the records, in their order.

    Every process calls `start` once, after the fork, for the work that it does then: a connection
    to a database does not survive a fork, so close the store before and open another there.
    Raises: CdsError when a process dies; what the work raises.
    """
    parts = [seqs[first : first + AT_ONCE] for first in range(0, len(seqs), AT_ONCE)]
    workers = min(workers, len(parts))
    if not workers:
        return
    # What is loaded stays: the collector of each process need not look at it.
    gc.collect()
    gc.freeze()
    fork = get_context("fork")
    with ProcessPoolExecutor(workers, fork, initializer=_begin, initargs=(start,)) as pool:
        try:
            yield from pool.map(_run, parts)
        except BrokenProcessPool:
            raise CdsError("A process that replayed has died. Run the command again.") from None
        finally:
            pool.shutdown(cancel_futures=True)
            gc.unfreeze()


def _begin(start: Callable[[], Callable[[Seqs], Any]]) -> None:
    global _work
    _work = start()


def _run(part: Seqs) -> Any:
    return _work(part)
