"""Every route answers in its one form, and every failure is a problem without an echo."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.routing import Map, Rule

from cds.api import create_app
from cds.audit.store import Store
from cds.errors import AuditError
from cds.http.canary_file import load_canaries
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.model.intake import Intake
from cds.routes.registering import LateRule
from cds.settings import Settings

CANARY = "Zebulon"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/facts",
        "/v1/conditions",
        "/v1/rules",
        "/v1/exercises",
        "/v1/calculators",
        "/health/live",
        "/health/ready",
        "/openapi.json",
    ],
)
def test_a_readable_route_answers_json_with_every_safety_header(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", f"/{CANARY}", {}, 404),
        ("GET", f"/v1/rules/{CANARY}", {}, 404),
        ("GET", f"/v1/evidence/{CANARY}", {}, 404),
        ("GET", f"/v1/decisions/{CANARY}", {}, 404),
        ("GET", "/v1/decisions/" + "0" * 32, {}, 404),
        ("GET", "/v1/decisions/..%2f..%2fetc%2fpasswd", {}, 404),
        ("GET", f"/docs/{CANARY}", {}, 404),
        ("GET", "/docs/..%2f__init__.py", {}, 404),
        ("POST", f"/v1/calculators/{CANARY}", {"data": b"{}", "headers": JSON}, 404),
        ("GET", "/v1/decisions", {}, 405),
        ("DELETE", "/v1/decisions/" + "0" * 32, {}, 405),
        ("PUT", "/v1/facts", {}, 405),
        ("POST", "/health/live", {}, 405),
        ("PATCH", "/v1/decisions", {}, 405),
        ("POST", "/v1/decisions", {"data": CANARY}, 415),
        ("POST", "/v1/decisions", {"data": {"age": CANARY}}, 415),
        ("POST", "/v1/decisions", {"data": b"{}", "headers": {"Content-Type": "text/json"}}, 415),
        (
            "POST",
            "/v1/decisions",
            {"data": b"{}", "headers": {"Content-Type": "application/json; charset=latin-1"}},
            415,
        ),
        (
            "POST",
            "/v1/decisions",
            {"data": b"{}", "headers": {**JSON, "Content-Encoding": "gzip"}},
            415,
        ),
        (
            "POST",
            "/v1/fhir/decisions",
            {"data": b"<Bundle/>", "headers": {"Content-Type": "application/fhir+xml"}},
            415,
        ),
        ("POST", "/v1/decisions", {"data": b" " * 1_000_001, "headers": JSON}, 413),
        ("POST", "/v1/decisions", {"data": b"x" * 10_000_000, "headers": JSON}, 413),
        ("POST", "/v1/fhir/decisions", {"data": b"x" * 10_000_000, "headers": JSON}, 413),
        (
            "POST",
            "/v1/decisions",
            {"data": b"{}", "headers": JSON, "environ_overrides": {"CONTENT_LENGTH": "-1"}},
            400,
        ),
        (
            "POST",
            "/v1/decisions",
            {"data": b"{}", "headers": JSON, "environ_overrides": {"CONTENT_LENGTH": "abc"}},
            400,
        ),
        ("POST", f"/v1/decisions?{CANARY}=1", {"data": b"{}", "headers": JSON}, 422),
        ("POST", "/v1/fhir/decisions?evaluation_date=today", {"data": b"{}", "headers": JSON}, 422),
        (
            "POST",
            "/v1/fhir/decisions?evaluation_date=2999-01-01",
            {"data": b"{}", "headers": JSON},
            422,
        ),
        (
            "POST",
            "/v1/fhir/decisions?evaluation_date=2026-01-01&evaluation_date=2026-01-02",
            {"data": b"{}", "headers": JSON},
            422,
        ),
        ("POST", "/v1/fhir/decisions?date=2026-01-01", {"data": b"{}", "headers": JSON}, 422),
        ("POST", "/v1/fhir/decisions", {"data": b"[]", "headers": JSON}, 422),
        ("POST", "/v1/fhir/decisions", {"data": b"{}", "headers": JSON}, 422),
        (
            "POST",
            "/v1/fhir/decisions",
            {"data": b'{"resourceType": "Patient"}', "headers": JSON},
            422,
        ),
        ("POST", "/v1/fhir/decisions", {"data": b'{"resourceType": NaN}', "headers": JSON}, 400),
        (
            "POST",
            "/v1/fhir/decisions",
            {"data": b'{"resourceType": "Bundle", "entry": 7}', "headers": JSON},
            422,
        ),
        ("POST", "/v1/calculators/hr_max", {"data": b"[]", "headers": JSON}, 422),
        ("POST", "/v1/calculators/hr_max", {"data": b"{", "headers": JSON}, 400),
        (
            "POST",
            "/v1/calculators/hr_max",
            {"data": b'{"age": "70", "method": "fox"}', "headers": JSON},
            422,
        ),
        ("POST", "/v1/calculators/hr_max", {"data": b'{"agee": 70}', "headers": JSON}, 422),
        ("GET", f"/v1/exercises?modality={CANARY}", {}, 422),
        ("GET", f"/v1/exercises?{CANARY}=1", {}, 422),
        ("GET", f"/v1/exercises?avoid={CANARY}", {}, 422),
    ],
)
def test_a_failure_is_a_problem_that_repeats_nothing(
    client: FlaskClient,
    capfd: pytest.CaptureFixture[str],
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
) -> None:
    answer = client.open(path, method=method, **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.get_json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == status
    assert problem["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    assert CANARY not in "".join(capfd.readouterr())
    shown = [str(value) for key, value in problem.items() if key != "errors"]
    shown += [error["detail"] for error in problem.get("errors", [])]
    assert CANARY not in "".join(shown)


def test_a_405_names_the_methods(client: FlaskClient) -> None:
    assert "GET" in client.post("/v1/facts").headers["Allow"]


def test_readiness_fails_when_a_commit_fails_and_liveness_does_not(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AuditError("The disk is full.")

    monkeypatch.setattr(store, "check_writable", refuse)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()["checks"]["store"]) == (503, "failed")
    assert client.get("/health/live").status_code == 200


class Sick:
    """The real service after its evaluators have disagreed."""

    healthy = False

    def __init__(self, core: CoreService) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)


def test_readiness_fails_when_the_engine_is_not_healthy(
    core: CoreService, build: Callable[[Any], Flask]
) -> None:
    answer = build(Sick(core)).test_client().get("/health/ready")
    assert (answer.status_code, answer.get_json()["checks"]["engine"]) == (503, "failed")


def test_readiness_fails_when_a_known_patient_gets_another_answer(
    core: CoreService, store: Store
) -> None:
    """Nobody else would notice that a rule no longer does what it did."""

    class Altered(Sick):
        healthy = True

        def decide(self, intake: Intake, day: date) -> Any:
            return core.decide(replace(intake, facts=()), day)

    canaries = load_canaries(ROOT, Problems())
    for service, found in ((core, (200, "ok")), (Altered(core), (503, "failed"))):
        pipeline = Pipeline(service, store, b"test key")
        parts = Parts(service, store, pipeline, Settings(), b"form key", canaries)
        answer = create_app(parts).test_client().get("/health/ready")
        assert (answer.status_code, answer.get_json()["checks"]["canary"]) == found


def test_the_description_names_every_fact_that_can_be_submitted(
    core: CoreService, client: FlaskClient
) -> None:
    document = client.get("/openapi.json").get_json()
    facts = document["components"]["schemas"]["DecisionRequest"]["properties"]["facts"]
    expected = {n for n, f in core.terms.vocabulary.items() if f.submittable and "." not in n}
    assert set(facts["properties"]) == expected


def test_the_page_of_the_description_loads_only_from_here(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f"/docs/{name}" in page.text
        assert client.get(f"/docs/{name}").status_code == 200
    assert "https://" not in page.text


def test_an_exercise_is_left_out_by_a_tag(client: FlaskClient) -> None:
    every = client.get("/v1/exercises").get_json()["exercises"]
    tag = "AV_LOADED_SPINAL_FLEXION"
    fewer = client.get(f"/v1/exercises?avoid={tag}&modality=resistance").get_json()["exercises"]
    assert {e["modality"] for e in fewer} == {"resistance"}
    assert len(fewer) < len([e for e in every if e["modality"] == "resistance"])


def test_a_rule_shows_its_13_source_attributes(client: FlaskClient) -> None:
    (first, *_) = client.get("/v1/rules").get_json()["rules"]
    rule = client.get(f"/v1/rules/{first['id']}").get_json()
    assert len(rule["source_attributes"]) == 13
    assert all(rule["source_attributes"].values())


def test_a_rule_shows_its_cases_its_rows_and_its_version(client: FlaskClient) -> None:
    """What an author reads on its page, another system reads as JSON."""
    id = "contraindications.vital_signs.hr-100-to-120"
    rule = client.get(f"/v1/rules/{id}").get_json()
    assert {case["expected"] for case in rule["cases"]} == {"fired", "not_fired"}
    (on_it,) = [case for case in rule["cases"] if case["given"].get("hr_rest") == 120]
    assert (on_it["expected"], bool(on_it["because"])) == ("fired", True)
    assert [row["row"] for row in rule["coverage"]] == ["CONTRA-TRAIN-HR100", "DIS-HR"]
    (now,) = rule["history"]
    assert (now["version"], now["sha256"]) == (rule["version"], rule["sha256"])


def test_addresses_are_written_as_werkzeug_writes_them() -> None:
    for kind in (Rule, LateRule):
        rule = kind("/rules/<rule>/<int:place>", endpoint="shown")
        addresses = Map([rule, kind("/rules", endpoint="all")]).bind("service")

        for _ in ("first", "again"):
            assert addresses.build("all") == "/rules"
            shown = addresses.build("shown", {"rule": "a b", "place": 2, "page": "3"})
            assert shown == "/rules/a%20b/2?page=3"
