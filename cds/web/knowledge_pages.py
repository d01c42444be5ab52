"""For authors of rules: the rules, and the tables that they rest on, to be looked through."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from msgspec import Struct
from werkzeug.exceptions import NotFound

from cds.http.feedback import analytics_view
from cds.knowledge.terminology import ValueSets
from cds.routes.exchange import parts
from cds.routes.registering import on
from cds.rules.base import STAGES
from cds.web.reading import words
from cds.web.site import may
from cds.web.speaking import say

shelf = Blueprint("shelf", __name__, template_folder="templates")
_MOST_ROWS = 400
_MOST_WORDS = 12


class Link(Struct, frozen=True):
    """A cell that leads somewhere."""

    text: str
    to: str


class Said(Struct, frozen=True):
    """Words of the page, in its language; the tables hold their own words in English."""

    text: str


Part = str | Link | Said
Cell = Part | date | Sequence[Part]
Table = Iterable[tuple[Cell, ...]]


@on(shelf, "GET", "/rules")
def list_rules() -> Response:
    """Rules by words of their id, title, topic, facts and rows, and by stage."""
    q, stage = _asked("q"), _asked("stage")
    rows = [
        (
            Link(rule.title, f"/rules/{rule.id}"),
            rule.id,
            Said(say(words(rule.stage))),
            rule.version,
            rule.topic.review_due,
        )
        for rule in parts().service.library.find_rules(q, stage)
    ]
    return _listing("rules", rows, q=q, choices=STAGES, chosen=stage)


@on(shelf, "GET", "/rules/<id>")
def show_rule(id: str) -> Response:
    """One rule: its use and limits, its sources, and what proves it."""
    at, library = parts(), parts().service.library
    view = at.service.rule(id)
    if view is None:
        raise NotFound
    rule = library.rules.rules[id]
    page = render_template(
        "rule.html",
        rule=view,
        overdue=view["review_due"] < g.now.date().isoformat(),
        topic=rule.topic,
        cases=library.cases_of(rule),
        beside=library.beside(rule),
        use=_use_of(id) if may("GET /audit/rules") else None,
    )
    return make_response(page)


@on(shelf, "GET", "/evidence")
def list_evidence() -> Response:
    """Each source, how much of it was read, and the rules that rest on it."""
    library = parts().service.library
    table = (
        (
            Link(source.text, source.url) if source.url else source.text,
            source.id,
            Said(say(words(source.read))),
            [Link(id_, f"/rules/{id_}") for id_ in library.citing(source.id)],
        )
        for source in library.knowledge.citations.values()
    )
    return _listing("evidence", table)


@on(shelf, "GET", "/policies")
def list_policies() -> Response:
    """Each disagreement of guidelines: the positions, the default, and what this site follows."""
    table = (
        (
            policy.title,
            policy.id,
            [f"{option.code}: {option.means} ({option.mark})" for option in policy.options],
            f"{policy.default}. {policy.because}",
            policy.site or Said(say("the default")),
        )
        for policy in parts().service.library.knowledge.policies.values()
    )
    return _listing("policies", table)


@on(shelf, "GET", "/movements")
def list_movements() -> Response:
    """Each movement, and the tags that take it away."""
    catalogue = parts().service.library.knowledge.catalogue
    table = (
        (
            movement.name,
            movement.id,
            ", ".join(map(words, (movement.modality, movement.region, movement.pattern))),
            "" if movement.mets is None else f"{movement.mets:g}",
            [words(part) for part in movement.equipment],
            [words(tag) for tag, removed in _removing(catalogue) if movement.id in removed],
        )
        for movement in catalogue.movements.values()
    )
    return _listing("movements", table)


@on(shelf, "GET", "/value-sets")
def list_value_sets() -> Response:
    """Conditions, medication classes and procedures, with what stands for them in records."""
    terms = parts().service.library.knowledge.terminology
    spoken = parts().service.search_words()
    table = (
        row
        for kind, sets in (
            ("conditions", terms.condition_sets),
            ("medications", terms.medication_sets),
            ("procedures", terms.procedure_sets),
        )
        for row in _value_sets(kind, sets, spoken[kind])
    )
    return _listing("value-sets", table)


def _value_sets(kind: str, sets: ValueSets, spoken: Mapping[str, Sequence[str]]) -> Table:
    count: dict[str, int] = {}
    for entry in sets.codes:
        count[entry.id] = count.get(entry.id, 0) + 1
    for id_, label in sets.labels.items():
        found = spoken.get(id_, ())
        left = len(found) - _MOST_WORDS
        more = [Said(say("and more: {count}", count=left))] if left > 0 else []
        listed: list[Part] = [*found[:_MOST_WORDS], *more]
        yield label, id_, Said(say(kind)), str(count.get(id_, 0)), listed


def _removing(catalogue: Any) -> Iterable[tuple[str, frozenset[str]]]:
    found: Mapping[str, frozenset[str]] = catalogue.removed_by_tag
    return found.items()


def _use_of(id: str) -> Mapping[str, Any] | None:
    """How often the rule fired and was overridden, as far as the record still tells."""
    at = parts()
    rules = analytics_view(at.counts, at.store, at.service)["rules"]
    return next((rule for rule in rules if rule["rule"] == id), None)


def _listing(
    name: str,
    table: Table,
    *,
    q: str | None = None,
    choices: Sequence[str] = (),
    chosen: str = "",
) -> Response:
    """A table of what holds every word that is asked for; `q` when that was looked at before."""
    asked = _asked("q")
    wanted = asked.casefold().split() if q is None else ()
    fitting = [row for row in table if all(word in _text_of(row) for word in wanted)]
    page = render_template(
        "listing.html",
        shelf=name,
        rows=list(islice(fitting, _MOST_ROWS)),
        found=len(fitting),
        q=asked,
        choices=choices,
        chosen=chosen,
    )
    return make_response(page)


def _text_of(cell: Cell | tuple[Cell, ...]) -> str:
    if isinstance(cell, (str, date)):
        return str(cell).casefold()
    if isinstance(cell, (Link, Said)):
        return cell.text.casefold()
    return " ".join(map(_text_of, cell))


def _asked(name: str) -> str:
    return request.args.get(name, "").strip()[:200]
