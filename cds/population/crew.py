"""Batches of work for as many processes as there are cores.

What was loaded is shared: it is loaded once, and the processes are forked from it. Until then
there is one thread only. A lock that another thread held at the fork, such as that of a
`cached_property` (Python 3.11), would stay locked in the child for ever; so nothing that starts
threads runs before the last fork, and what is worked out once is worked out before.
"""

import gc
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, TypeAlias

from cds.errors import CdsError
from cds.observability import frames

#: What a process does with the number of a batch; it returns what the parent hears.
Work = Callable[[int], int]
_FORK = multiprocessing.get_context("fork")
_TRIES = 2
End: TypeAlias = "Connection[Any, Any]"


@dataclass(slots=True)
class _Worker:
    process: ForkProcess
    batch: int | None = None


def share_out(
    batches: Sequence[int], workers: int, start: Callable[[], Work], told: Callable[[int], None]
) -> None:
    """Does every batch; `start` runs once in each process, `told` hears of each batch that is done.

    A process that dies (a crash in the C engine, no memory left) costs its batch one more try.
    Raises: CdsError when a batch cannot be done.
    """
    crew = _Crew(deque(batches), start)
    gc.freeze()  # the collector would touch, and so copy, what the processes share
    try:
        for _ in range(min(workers, len(batches))):
            crew.hire()
        while crew.busy:
            crew.step(told)
    finally:
        crew.dismiss()
        gc.unfreeze()


class _Crew:
    def __init__(self, waiting: deque[int], start: Callable[[], Work]) -> None:
        self._waiting, self._start = waiting, start
        self._workers: dict[End, _Worker] = {}
        self._deaths: Counter[int] = Counter()

    @property
    def busy(self) -> bool:
        return bool(self._workers)

    def hire(self) -> None:
        ours, theirs = _FORK.Pipe()
        # The ends of the others would keep them waiting when this process is gone.
        inherited = [ours, *self._workers]
        process = _FORK.Process(target=_work, args=(theirs, inherited, self._start), daemon=True)
        process.start()
        theirs.close()
        self._workers[ours] = _Worker(process)
        self._hand_out(ours)

    def step(self, told: Callable[[int], None]) -> None:
        """Waits until a process says something or dies."""
        for end in wait(list(self._workers)):
            assert isinstance(end, Connection)
            try:
                answer = end.recv()
            except (EOFError, OSError):
                self._replace(end)
                continue
            if isinstance(answer, str):
                raise CdsError(answer)
            told(answer)
            self._hand_out(end)

    def dismiss(self) -> None:
        for end, worker in self._workers.items():
            end.close()
            worker.process.terminate()
            worker.process.join()
        self._workers.clear()

    def _hand_out(self, end: End) -> None:
        worker = self._workers[end]
        if not self._waiting:
            end.close()
            worker.process.join()
            del self._workers[end]
            return
        worker.batch = self._waiting.popleft()
        with suppress(BrokenPipeError):  # it has just died: then the pipe tells so at once
            end.send(worker.batch)

    def _replace(self, end: End) -> None:
        worker = self._workers.pop(end)
        worker.process.join()
        end.close()
        batch = worker.batch
        assert batch is not None
        self._deaths[batch] += 1
        if self._deaths[batch] == _TRIES:
            raise CdsError(
                f"A process ended {_TRIES} times at batch {batch} with code "
                f"{worker.process.exitcode} (-9: no memory left, or stopped; -11: a crash in the "
                "engine). What was done is kept. Give the same command again, with fewer --workers "
                "if memory was short; report it if it comes again."
            )
        self._waiting.appendleft(batch)
        self.hire()


def _work(
    end: End,
    inherited: Sequence[End],
    start: Callable[[], Work],
) -> None:
    """What a process does until its parent closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us
    for other in inherited:
        other.close()
    try:
        work = start()
        while True:
            end.send(work(end.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except CdsError as error:
        end.send(str(error))
    except Exception as error:  # its message may hold what a record says; the frames do not
        end.send(_described(error))


def _described(error: Exception) -> str:
    if isinstance(error, OSError):
        return (
            f"An answer cannot be written: {error.strerror}. What was done is kept. Make room on "
            "the disk of --out (about 0.3 MB for each patient), and give the same command again."
        )
    where = (frames(error) or ["?"])[-1]
    return f"A process failed: {type(error).__name__} at {where}. Report it; what was done is kept."
