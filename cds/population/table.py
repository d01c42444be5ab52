"""The rows as a Parquet file."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, get_type_hints

from cds.population.row import Row

_AT_ONCE = 10_000


def write_table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes the rows, some thousands at a time; the columns are the members of `Row`."""
    import pyarrow  # long to import, and it starts threads: not before the last fork
    from pyarrow import parquet

    kinds = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
        date: pyarrow.date32(),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in _columns().items()])
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in _batches(rows):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema))


def _columns() -> dict[str, type]:
    """Each column with its type, of which None may stand in most."""
    hints = get_type_hints(Row)
    return {name: getattr(hint, "__args__", (hint,))[0] for name, hint in hints.items()}


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, _AT_ONCE)):
        yield [
            {**row, "evaluation_date": date.fromisoformat(row["evaluation_date"])} for row in batch
        ]
