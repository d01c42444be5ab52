"""Work for as many processes as there are cores.

What was loaded is shared: it is loaded once, and the processes are forked from it. Until then
there is one thread only. A lock that another thread held at the fork, such as that of a
`cached_property` (Python 3.11), would stay locked in the child for ever; so nothing that starts
threads runs before the last fork, and what is worked out once is worked out before.
"""

import gc
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from cds.errors import CdsError
from cds.observability import frames

T = TypeVar("T")
#: What a process does with a task; what it returns the parent hears, so it is no text: that is an
#: error.
Work = Callable[[Any], Any]
End: TypeAlias = "Connection[Any, Any]"
_FORK = multiprocessing.get_context("fork")
_TRIES = 2


def share_out(
    batches: Sequence[int], workers: int, start: Callable[[], Work], told: Callable[[int], None]
) -> None:
    """Does every batch; `start` runs once in each process, `told` hears what became of each.

    A process that dies (a crash in the C engine, no memory left) costs its batch one more try.
    Raises: CdsError when a batch cannot be done.
    """
    waiting, at, deaths = deque(batches), dict[End, int](), Counter[int]()
    with hired(min(workers, len(batches)), start) as crew:

        def hand_out(end: End) -> None:
            if waiting:
                at[end] = waiting.popleft()
                crew.send(end, at[end])

        for end in crew.ends:
            hand_out(end)
        while at:
            for end in crew.ready(list(at)):
                batch = at.pop(end)
                try:
                    told(crew.receive(end))
                except EOFError:
                    deaths[batch] += 1
                    _check_deaths(crew.bury(end), batch, deaths[batch])
                    waiting.appendleft(batch)
                    end = crew.hire()
                hand_out(end)


def in_order(crew: "Crew", tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
    """Each task with what became of it, in their order; no more are on the way than processes.

    Raises: CdsError when one cannot be done.
    """
    free, sent = deque(crew.ends), deque[tuple[End, T]]()
    for task in tasks:
        if not free:
            yield _next(crew, free, sent)
        end = free.popleft()
        crew.send(end, task)
        sent.append((end, task))
    while sent:
        yield _next(crew, free, sent)


def _next(crew: "Crew", free: deque[End], sent: deque[tuple[End, T]]) -> tuple[T, Any]:
    end, task = sent.popleft()
    free.append(end)
    try:
        return task, crew.receive(end)
    except EOFError:
        code = crew.bury(end)
        raise CdsError(
            f"A process ended with code {code} (-9: no memory left, or stopped). What was done is "
            "kept. Give the same command again, with fewer --workers if memory was short."
        ) from None


@contextmanager
def hired(workers: int, start: Callable[[], Work]) -> Iterator["Crew"]:
    """So many processes, until the end of the block."""
    crew = Crew(start)
    gc.freeze()  # the collector would touch, and so copy, what the processes share
    try:
        for _ in range(workers):
            crew.hire()
        yield crew
    finally:
        crew.dismiss()
        gc.unfreeze()


class _Worker(Struct, frozen=True):
    process: ForkProcess
    end: End


class Crew:
    """Processes, each at the end of a pipe."""

    def __init__(self, start: Callable[[], Work]) -> None:
        self._start, self._workers = start, dict[End, _Worker]()

    @property
    def ends(self) -> list[End]:
        """The pipe of each."""
        return list(self._workers)

    def hire(self) -> End:
        """One more process."""
        ours, theirs = _FORK.Pipe()
        # The ends of the others would keep them waiting when this process is gone.
        inherited = [ours, *self._workers]
        process = _FORK.Process(target=_work, args=(theirs, inherited, self._start), daemon=True)
        process.start()
        theirs.close()
        self._workers[ours] = _Worker(process, ours)
        return ours

    def send(self, end: End, task: object) -> None:
        """Hands out a task; that a process has just died is heard when its answer is asked for."""
        with suppress(BrokenPipeError, ConnectionResetError):
            end.send(task)

    def ready(self, ends: Sequence[End]) -> list[End]:
        """Waits until some have an answer, or are dead."""
        return [end for end in wait(ends) if isinstance(end, Connection)]

    def receive(self, end: End) -> Any:
        """The answer.

        Raises: EOFError when the process is dead; CdsError when it tells an error.
        """
        try:
            answer = end.recv()
        except ConnectionResetError:
            raise EOFError from None
        if isinstance(answer, str):
            raise CdsError(answer)
        return answer

    def bury(self, end: End) -> int | None:
        """The exit code of a dead process."""
        process = self._workers.pop(end).process
        process.join()
        end.close()
        return process.exitcode

    def dismiss(self) -> None:
        """Ends all."""
        for end, worker in self._workers.items():
            end.close()
            worker.process.terminate()
            worker.process.join()
        self._workers.clear()


def _check_deaths(code: int | None, batch: int, deaths: int) -> None:
    if deaths == _TRIES:
        raise CdsError(
            f"A process ended {deaths} times at batch {batch} with code {code} (-9: no memory "
            "left, or stopped; -11: a crash in the engine). What was done is kept. Give the same "
            "command again, with fewer --workers if memory was short; report it if it comes again."
        )


def _work(end: End, inherited: Sequence[End], start: Callable[[], Work]) -> None:
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
            "the disk of --out (about 0.2 MB for each patient), and give the same command again."
        )
    where = (frames(error) or ["?"])[-1]
    return f"A process failed: {type(error).__name__} at {where}. Report it; what was done is kept."
