"""When Python's collector looks for garbage: hardly ever, as decisions leave no cycles behind."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New values (lists, mappings and the like) between two looks: those of some decisions.
_BETWEEN_LOOKS = 20_000


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Almost all that is loaded stays, so looking for garbage meanwhile finds next to none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def keep_loaded() -> None:
    """What is loaded lives as long as the process: the collector need not look at it again.

    Workers that are forked afterwards go on sharing the memory of it.
    """
    gc.freeze()
    gc.set_threshold(_BETWEEN_LOOKS)
