"""Numbers and doses of a plan as words; the sentences themselves live in messages/plan.yaml."""

from collections.abc import Collection, Mapping

from cds.model.dose import Span
from cds.model.plan import Pair

Messages = Mapping[str, str]
_ATTRIBUTES = {
    "hrr_percent": "% HRR",
    "rpe_6_20": "RPE",
    "rt_percent": "% 1RM",
    "days": "d/wk",
    "minutes": "min per session",
    "rt_days": "d/wk of resistance",
    "rt_sets": "sets",
}


def show_range(pair: Pair) -> str:
    """'8-12', or '8' when both ends are equal.

    >>> show_range((8, 12)), show_range((2.5, 2.5))
    ('8-12', '2.5')
    """
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def show_span(span: Span) -> str:
    """The bare range of a span in words."""
    return show_range(pair_of(span))


def pair_of(span: Span) -> Pair:
    """The bare numbers of a span."""
    return span.low.value, span.high.value


def show_attribute(name: str) -> str:
    """The attribute as a reader knows it."""
    return _ATTRIBUTES.get(name, name)


def show_names(ids: Collection[str], names: Mapping[str, str]) -> str:
    """Who set something: profiles by their names, rules by their ids.

    >>> show_names(["hf", "rule.x"], {"hf": "Heart failure"})
    'Heart failure; rule.x'
    """
    return "; ".join(map(names.get, ids, ids))
