"""The category of an intensity, and the scales that would name it differently."""

from collections.abc import Iterable

from cds.model.formula import CategoryTable, Disagreement
from cds.model.measure import Band


def find_band(table: CategoryTable, value: float) -> Band:
    """The one band that holds the value.

    Units: the table's.
    Source: the table's own (INT-CAT-*, INT-MET-*, INT-RT-CAT).
    """
    return next(band for band in table.bands if value in band)


def find_bounds(table: CategoryTable, category: str) -> Band:
    """The band of a category.

    Raises: KeyError when the table does not have the category.
    """
    for band in table.bands:
        if band.category == category:
            return band
    raise KeyError(category)


def table_for_age(tables: Iterable[CategoryTable], age: float) -> CategoryTable | None:
    """The table of metabolic equivalents for the age, or None when there is none."""
    return next((table for table in tables if table.ages and age in table.ages), None)


def find_disagreements(
    disagreements: Iterable[Disagreement], table: CategoryTable, value: float
) -> tuple[Disagreement, ...]:
    """The bands of other scales that give the value another category."""
    category = find_band(table, value).category
    return tuple(
        other
        for other in disagreements
        if other.table == table.name and value in other.band and other.band.category != category
    )
