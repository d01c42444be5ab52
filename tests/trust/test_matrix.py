"""Every role at every route, and every route in one table."""

from collections.abc import Callable

import pytest
from flask import Flask, Response

from cds.trust.access import HOOKS, INTERFACE, OPEN, PAGES, route_name
from cds.trust.roles import Role
from tests.trust.asking import ask, bearer, browser

# p prescriber, a auditor, r rule manager, d administrator. Written out once more: a slip in the
# table of the service must not pass because it was tested with itself.
INTERFACE_MATRIX = {
    "POST /v1/decisions": "p",
    "POST /v1/fhir/decisions": "p",
    "GET /v1/decisions/<id>": "pa",
    "POST /v1/decisions/<id>/why-not": "pa",
    "POST /v1/decisions/<id>/what-if": "pa",
    "GET /v1/decisions/<id>/explanation": "pa",
    "GET /v1/decisions/<id>/handout": "pa",
    "GET /v1/decisions/<id>/fhir": "pa",
    "GET /v1/decisions/<id>/feedback": "pa",
    "POST /v1/decisions/<id>/feedback": "p",
    "POST /v1/decisions/<id>/replay": "a",
    "POST /v1/follow-ups/<id>/replay": "a",
    "GET /v1/feedback": "ad",
    "GET /v1/analytics/rules": "ard",
    "POST /fhir/PlanDefinition/exercise-therapy/$apply": "p",
    "GET /fhir/ActivityDefinition": "pard",
    "GET /fhir/ActivityDefinition/<id>": "pard",
    "GET /fhir/PlanDefinition": "pard",
    "GET /fhir/PlanDefinition/<id>": "pard",
    "POST /v1/follow-ups": "p",
    "GET /v1/follow-ups/<id>": "pa",
    "GET /v1/calculators": "pard",
    "POST /v1/calculators/<name>": "pard",
    "GET /v1/facts": "pard",
    "GET /v1/conditions": "pard",
    "GET /v1/rules": "pard",
    "GET /v1/rules/<id>": "pard",
    "GET /v1/exercises": "pard",
    "GET /v1/evidence/<id>": "pard",
    "GET /v1/audit/verify": "ad",
    "GET /v1/audit/events": "a",
}
HOOKS_MATRIX = {
    "GET /cds-services": "p",
    "POST /cds-services/<id>": "p",
    "POST /cds-services/<id>/feedback": "p",
}
PAGES_MATRIX = {
    "GET /": "p",
    "POST /": "p",
    "POST /questions": "p",
    "POST /bundles": "p",
    "GET /examples/<name>": "pard",
    "GET /terms": "pard",
    "GET /decisions/<id>": "pa",
    "POST /decisions/<id>/why-not": "pa",
    "GET /decisions/<id>/what-if": "pa",
    "POST /decisions/<id>/what-if": "pa",
    "POST /decisions/<id>/again": "p",
    "POST /decisions/<id>/feedback": "p",
    "GET /decisions/<id>/check-in": "p",
    "POST /decisions/<id>/check-in": "p",
    "GET /follow-ups/<id>": "pa",
    "GET /decisions/<id>/handout": "pa",
    "GET /decisions/<id>/handout.pdf": "pa",
    "GET /audit": "a",
    "GET /audit/decisions/<id>": "a",
    "POST /audit/decisions/<id>/replay": "a",
    "GET /audit/status": "ad",
    "POST /audit/status": "ad",
    "POST /audit/checkpoint": "ad",
    "POST /audit/export": "ad",
    "GET /audit/rules": "ard",
    "GET /rules": "pard",
    "GET /rules/<id>": "pard",
    "GET /evidence": "pard",
    "GET /policies": "pard",
    "GET /movements": "pard",
    "GET /value-sets": "pard",
    "GET /drafts": "r",
    "POST /drafts": "r",
}
LETTERS = {
    "p": Role.PRESCRIBER,
    "a": Role.AUDITOR,
    "r": Role.RULE_MANAGER,
    "d": Role.ADMINISTRATOR,
}
NOT_ALLOWED = "No role of whoever asks may do this."


def routes_of(app: Flask) -> set[str]:
    """All that the application answers."""
    return {
        route_name(method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_of_the_service_stands_in_one_table(build: Callable[..., Flask]) -> None:
    tables = [*OPEN, *INTERFACE, *HOOKS, *PAGES]
    assert sorted(tables) == sorted(routes_of(build()))


def test_the_matrix_is_of_all_that_needs_a_role() -> None:
    matrices = (INTERFACE_MATRIX, HOOKS_MATRIX, PAGES_MATRIX)
    assert tuple(map(set, matrices)) == tuple(map(set, (INTERFACE, HOOKS, PAGES)))


@pytest.mark.parametrize("role", Role)
def test_a_key_opens_what_its_role_may_do_and_nothing_else(
    build: Callable[..., Flask], tokens: dict[Role, str], role: Role
) -> None:
    client = build().test_client()
    matrix = INTERFACE_MATRIX | HOOKS_MATRIX
    found = {}
    for route in matrix:
        answer = ask(client, route, headers=bearer(tokens[role]))
        found[route] = answer.status_code not in (401, 403)
        if not found[route]:
            assert answer.status_code == 403
            assert NOT_ALLOWED in answer.text
    assert found == {route: role in held(by) for route, by in matrix.items()}


@pytest.mark.parametrize("role", Role)
def test_a_session_opens_the_pages_of_its_role_and_nothing_else(
    build: Callable[..., Flask], tokens: dict[Role, str], role: Role
) -> None:
    client = browser(build(), tokens[role])
    found = {}
    for route in PAGES_MATRIX:
        answer = ask(client, route)
        found[route] = NOT_ALLOWED not in answer.text
        assert found[route] or (answer.status_code, answer.mimetype) == (403, "text/html")
        assert answer.headers.get("Location") != "/sign-in"
    assert found == {route: role in held(by) for route, by in PAGES_MATRIX.items()}


def test_nobody_gets_nothing(build: Callable[..., Flask], tokens: dict[Role, str]) -> None:
    client = build().test_client()
    for route in INTERFACE_MATRIX | HOOKS_MATRIX:
        answer = ask(client, route)
        assert answer.status_code == 401, route
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="exercise-cds"'
        assert answer.mimetype in ("application/problem+json", "application/fhir+json")
    for route in PAGES_MATRIX:
        answer = ask(client, route)
        if route.startswith("GET"):
            assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
        else:
            assert answer.status_code == 401, route


def test_what_is_open_is_open_to_nobody_in_particular(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build().test_client()
    found = {route: ask(client, route).status_code for route in sorted(OPEN)}
    assert found == {
        "GET /.well-known/jwks.json": 200,
        "GET /assets/<path:filename>": 404,
        "GET /callback": 404,  # no EHR may launch
        "GET /launch": 404,
        "GET /bootstrap/static/<path:filename>": 404,
        "GET /docs": 200,
        "GET /docs/<name>": 404,
        "GET /fhir/metadata": 200,
        "GET /health/live": 200,
        "GET /health/ready": 200,
        "GET /openapi.json": 200,
        "GET /sign-in": 200,
        "POST /sign-in": 403,  # without the token of the form
        "POST /sign-out": 403,
    }


def test_a_route_that_nobody_thought_of_is_refused_to_all(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    app = build()
    app.add_url_rule("/v1/forgotten", view_func=lambda: Response("told"))
    client = app.test_client()
    for role in Role:
        assert client.get("/v1/forgotten", headers=bearer(tokens[role])).status_code == 403
    assert client.get("/v1/forgotten").status_code == 401


def test_a_session_opens_no_interface_and_a_header_no_page(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    """Another site can make a browser send its cookie; it cannot make it send the header."""
    app = build()
    key = tokens[Role.PRESCRIBER]
    signed_in = browser(app, key)
    assert {ask(signed_in, route).status_code for route in INTERFACE_MATRIX} == {401}
    answer = app.test_client().get("/", headers=bearer(key))
    assert answer.headers["Location"] == "/sign-in"


def test_head_is_asked_for_as_get_is(build: Callable[..., Flask], tokens: dict[Role, str]) -> None:
    client = build().test_client()
    for route in INTERFACE_MATRIX:
        if route.startswith("GET"):
            assert ask(client, route.replace("GET", "HEAD")).status_code == 401


def held(letters: str) -> set[Role]:
    """The roles that the letters name."""
    return {LETTERS[letter] for letter in letters}
