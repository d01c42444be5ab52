"""What an entry of a list can be searched by: its other names, and its codes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cds.knowledge.terminology import Terminology, ValueSets


def search_words(terminology: Terminology) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The list → the id → every name and code that stands for it, each once."""
    sets = terminology.condition_sets, terminology.medication_sets, terminology.procedure_sets
    conditions, medications, procedures = sets
    return {
        "conditions": _gathered(_pairs(conditions)),
        "medications": _gathered((*terminology.medication_names.phrases, *_pairs(medications))),
        "procedures": _gathered(_pairs(procedures)),
    }


def _pairs(sets: ValueSets) -> Iterator[tuple[str, frozenset[str]]]:
    yield from sets.texts.items()
    yield from ((entry.code.lower(), frozenset({entry.id})) for entry in sets.codes)


def _gathered(pairs: Iterable[tuple[str, frozenset[str]]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for word, ids in pairs:
        for id_ in sorted(ids):
            found[id_][word] = None
    return {id_: tuple(words) for id_, words in sorted(found.items())}
