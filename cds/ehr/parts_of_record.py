"""One part of a record as it was sent or read: whether all of it is there, and what it holds."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cds.model.hooks import PrefetchKey

Json = Mapping[str, Any]
Placed = tuple[str, Json]


class State(StrEnum):
    """Whether a part is whole; only of a whole one may it be said what it does not hold."""

    WHOLE = "whole"
    MISSING = "missing"
    FAILED = "failed"
    TRUNCATED = "truncated"


class Part(Struct, frozen=True):
    """What is there of one part: its resources with their places, and where the next page is.

    `matches` counts what was searched for, as the total of a search does.
    """

    state: State
    resources: tuple[Placed, ...] = ()
    next: str | None = None
    matches: int = 0

    def join(self, page: "Part") -> "Part":
        """This part with its next page."""
        return replace(page, resources=(*self.resources, *page.resources))


MISSING = Part(State.MISSING)
FAILED = Part(State.FAILED)


def sent_part(prefetch: Json, key: PrefetchKey) -> Part:
    """The part as it was prefetched. A key with null says that there is none of it.

    The client's data about a patient cannot be empty, so there null is a missing part.
    """
    if key.name not in prefetch:
        return MISSING
    value = prefetch[key.name]
    if value is None:
        return Part(State.WHOLE) if key.is_search else MISSING
    return read_part(value, key, f"/prefetch/{key.name}")


def read_part(value: object, key: PrefetchKey, place: str, before: int = 0) -> Part:
    """The part that a resource or a Bundle holds; anything else, and any failure, is no answer.

    `before` counts the matches of earlier pages.
    """
    if not isinstance(value, dict):
        return FAILED
    if not key.is_search:
        whole = value.get("resourceType") == key.type
        return Part(State.WHOLE, ((place, value),)) if whole else FAILED
    if value.get("resourceType") != "Bundle":
        return FAILED
    entries = value.get("entry", [])
    held = _resources(entries, place) if isinstance(entries, list) else None
    return FAILED if held is None else _page(value, entries, held, before)


def _page(bundle: Json, entries: list[Json], held: tuple[Placed, ...], before: int) -> Part:
    besides = sum(not _is_match(entry["search"]) for entry in entries if "search" in entry)
    matches, following = before + len(entries) - besides, _next(bundle)
    whole = following is None and _is_all(bundle, matches)
    return Part(State.WHOLE if whole else State.TRUNCATED, held, following, matches)


def _is_all(bundle: Json, matches: int) -> bool:
    """Whether the search found no more than is here."""
    total = bundle.get("total", matches)
    return isinstance(total, int) and total <= matches


def _resources(entries: list[object], place: str) -> tuple[Placed, ...] | None:
    """What the entries hold but remarks; None where something may have been left out."""
    found: list[Placed] = []
    for index, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        # An entry without its resource is a part of the record that did not come.
        if not isinstance(resource, dict):
            return None
        if resource.get("resourceType") != "OperationOutcome":
            found.append((f"{place}/entry/{index}/resource", resource))
        elif not _is_remark(resource):
            return None
    return tuple(found)


def _is_match(search: object) -> bool:
    mode = search.get("mode") if isinstance(search, dict) else None
    return mode in (None, "match")


def _is_remark(outcome: Json) -> bool:
    """An outcome that says more may mean that something was left out."""
    issues = outcome.get("issue")
    if not isinstance(issues, list) or not issues:
        return False
    return all(
        isinstance(issue, dict) and issue.get("severity") == "information" for issue in issues
    )


def _next(bundle: Json) -> str | None:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            return str(link.get("url") or "")
    return None
