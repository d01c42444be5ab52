"""Questions about a recorded decision: why not, what it takes, and what if it were otherwise."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, request
from msgspec import Struct

from cds.errors import IntakeError, Refusal
from cds.http.questions import Questions
from cds.knowledge.fact import FactDefinition
from cds.routes.exchange import found, parts
from cds.routes.registering import on
from cds.web.form_pages import known_at
from cds.web.layout import Field
from cds.web.site import layout, pages, protect
from cds.web.submission import Typed, body_of, errors_of, typed

_QUESTION_BYTES = 30_000
_ASKED = 10  # of what is not known, the most useful
Json = Mapping[str, Any]


class Supposed(Struct, frozen=True):
    """One value that is supposed to be another one; each with its unit, as they were typed."""

    fact: FactDefinition
    before: tuple[str, str]
    after: tuple[str, str]

    @property
    def typed(self) -> dict[str, list[str]]:
        """The new value as the form would send it."""
        text, unit = self.after
        return {f"fact.{self.fact.name}": [text], f"unit.{self.fact.name}": [unit]}


@on(pages, "POST", "/decisions/<id>/why-not")
def show_why_not(id: str) -> Response:
    """Why something is not allowed, what would open it, and what is allowed instead."""
    of = _question().get("of", "").strip()
    answer, refusals = _asked(lambda at: at.why_not(id, {"of": of}))
    return _answered("answer.html", refusals, id=id, kind="why_not", answer=answer)


@on(pages, "GET", "/decisions/<id>/what-if")
def show_what_if(id: str) -> Response:
    """What the decision was made on, to be supposed otherwise."""
    return _supposing(id, known_at(id), {})


@on(pages, "POST", "/decisions/<id>/what-if")
def show_what_it_takes(id: str) -> Response:
    """The smallest set of changes that reaches a goal, or what other values would change."""
    given = _question()
    if "goal" not in given:
        return _supposing(id, known_at(id), {name: [text] for name, text in given.items() if text})
    goal = given["goal"].strip()
    answer, refusals = _asked(lambda at: at.what_if(id, {"goal": goal}))
    return _answered("answer.html", refusals, id=id, kind="what_if", answer=answer)


def _supposing(id: str, known: Typed, values: Typed) -> Response:
    """The form, and what comes of the values in it that are not those of the decision.

    What was left open is as it was recorded.
    """
    changed = _changed(known, values)
    answer: Json | None = None
    refusals: Sequence[Refusal] = ()
    if request.method == "POST":
        asked = {name: texts for one in changed for name, texts in one.typed.items()}
        body, refusals = body_of(asked, layout())
        if not refusals:
            answer, refusals = _asked(lambda at: at.what_if(id, {"facts": body["facts"]}))
    errors = errors_of(refusals, layout())
    shown = {**known, **values}
    return _answered(
        "what_if.html",
        refusals,
        id=id,
        known=[field for name, field in layout().fields.items() if typed(known, f"fact.{name}")],
        more=layout().more(known),
        others=_others(id),
        typed=lambda name: "" if name.startswith("at.") else typed(shown, name),
        changed=changed,
        answer=answer,
        errors=errors,
        by_anchor={error.anchor: error for error in reversed(errors)},
    )


def _changed(known: Typed, values: Typed) -> list[Supposed]:
    found = []
    for field in _fields(known):
        name, unit = (f"{part}.{field.fact.name}" for part in ("fact", "unit"))
        before = (typed(known, name), typed(known, unit))
        after = (typed(values, name), typed(values, unit) or before[1])
        if after[0] and after != before:
            found.append(Supposed(field.fact, before, after))
    return found


def _fields(known: Typed) -> Sequence[Field]:
    return (*layout().fields.values(), *layout().more(known))


def _others(id: str) -> list[Field]:
    """The questions of the decision that one value answers, the most useful first."""
    answer = parts().pipeline.read(id)
    asked = [entry["fact"] for entry in answer.members["missing"]] if answer else []
    fields = layout().fields
    return [fields[fact] for fact in asked if fact in fields][:_ASKED]


def _question() -> Mapping[str, str]:
    request.max_content_length = request.max_form_memory_size = _QUESTION_BYTES
    protect()
    return {name: text for name, text in request.form.items() if name != "csrf_token"}


def _asked(ask: Callable[[Questions], Json | None]) -> tuple[Json | None, Sequence[Refusal]]:
    """The answer, or what was wrong with the question."""
    try:
        return found(ask(Questions(parts().service, parts().store, parts().pipeline))), ()
    except IntakeError as error:
        return None, error.refusals


def _answered(template: str, refusals: Sequence[Refusal], **shown: Any) -> Response:
    page = render_template(template, refusals=refusals, **shown)
    return make_response(page, 422 if refusals else 200)
