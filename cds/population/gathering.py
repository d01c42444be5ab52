"""The lines of all files into the spill: read here in order, understood in other processes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cds.population.crew import hired, in_order
from cds.population.sorting import LeftOut, Sorted, Trouble, sort_line
from cds.population.sources import Line, Reading, Source
from cds.population.spill import Spill

Numbered = tuple[int, Source]
#: What lines of which file are understood at once.
Block = list[tuple[int, Line]]

# Bytes: of files in one transaction, so that many small ones wait once for the disk; of a block.
_AT_ONCE, _BLOCK = 32_000_000, 1_000_000


def gather(path: Path, sources: Sequence[Source], workers: int, told: Callable[[int], None]) -> int:
    """Adds all files that were not added before; returns how many patients there are.

    `told` hears how many bytes were read of all files.
    Raises: CdsError when a disk fails.
    """
    whole = sum(source.size for source in sources)
    with hired(min(workers, 1 + whole // _BLOCK), lambda: _understand) as crew:
        # Opened here, since no database is open at a fork.
        spill = Spill.create(path)
        done = spill.done()
        left = [(number, source) for number, source in enumerate(sources) if number not in done]
        before = whole - sum(source.size for _, source in left)
        told(before)
        for group in _groups(left):
            reading = _Group(group, before, told)
            with spill.turn():
                for block, found in in_order(crew, reading.blocks()):
                    for (number, line), what in zip(block, found, strict=True):
                        spill.keep(number, line, what)
                for file in reading.files:
                    spill.end_file(*file)
            before += sum(source.size for _, source in group)
    people = spill.gather()
    spill.close()
    return people


class _Group:
    """One pass over some files; `files` gets number, name, hash and lines of each at its end."""

    def __init__(
        self, sources: Sequence[Numbered], before: int, told: Callable[[int], None]
    ) -> None:
        self._sources, self._before, self._told = sources, before, told
        self.files: list[tuple[int, str, str, int]] = []

    def blocks(self) -> Iterator[Block]:
        """The lines, some at once, over the ends of files."""
        block: Block = []
        size = 0
        for number, line in self._lines():
            block.append((number, line))
            size += len(line.text)
            if size >= _BLOCK:
                yield block
                block, size = [], 0
        if block:
            yield block

    def _lines(self) -> Iterator[tuple[int, Line]]:
        for number, source in self._sources:
            reading, count = Reading(source), 0
            for line in reading.lines():
                count += 1
                yield number, line
                self._told(self._before + reading.done)
            self._before += source.size
            self.files.append((number, source.name, reading.sha256, count))


def _understand(block: Block) -> list[Sorted | LeftOut]:
    return [
        LeftOut(Trouble.LINE, line.fault) if line.fault else sort_line(line.text)
        for _, line in block
    ]


def _groups(sources: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    group: list[Numbered] = []
    size = 0
    for item in sources:
        group.append(item)
        size += item[1].size
        if size >= _AT_ONCE:
            yield group
            group, size = [], 0
    if group:
        yield group
