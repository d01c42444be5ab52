"""The pages for authors: what is found, what proves a rule, and drafts that change nothing."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.errors import CdsError
from cds.http.core import CoreService
from cds.knowledge.files import ROOT
from cds.replay.apart import run_apart
from cds.trust.roles import Principal, Role
from tests.api.adult import body, decide
from tests.api.conftest import NOW, build, client, store
from tests.web.test_audit_pages import send

__all__ = ["build", "client", "store"]

PRESSURE = "rules/contraindications/blood_pressure.yaml"


def titles(client: FlaskClient, path: str) -> list[str]:
    """The first cell of each row."""
    rows = re.findall(r'<tr><th scope="row">(.*?)<span class="detail">', client.get(path).text)
    return [unescape(re.sub(r"<[^>]+>", "", row)) for row in rows]


def test_rules_are_found_by_word_condition_and_stage(
    client: FlaskClient, core: CoreService
) -> None:
    rules = core.library.rules
    stage = [rule.title for rule in rules.of_stage("hiit")]
    assert sorted(titles(client, "/rules?stage=hiit")) == sorted(stage)
    rule = next(rule for rule in rules if "condition.stroke" in rule.facts)
    text = client.get("/rules?q=condition.stroke").text
    assert f'href="/rules/{rule.id}"' in text
    assert "Found: 0." in client.get("/rules?q=nothing+of+this+name").text


@pytest.mark.parametrize("path", ["/evidence", "/policies", "/movements", "/value-sets"])
def test_every_table_is_whole_and_can_be_searched(
    client: FlaskClient, core: CoreService, path: str
) -> None:
    knowledge = core.library.knowledge
    terms = knowledge.terminology
    expected = {
        "/evidence": len(knowledge.citations),
        "/policies": len(knowledge.policies),
        "/movements": len(knowledge.catalogue.movements),
        "/value-sets": len({**terms.conditions}) + len(terms.medications) + len(terms.procedures),
    }
    found = titles(client, path)
    assert len(found) == expected[path]
    text = client.get(f"{path}?q=%3Cscript%3E").text
    assert "Found: 0." in text
    assert "<script>" not in text.partition("<main")[2]


def test_a_rule_shows_its_cases_rows_and_history(client: FlaskClient, core: CoreService) -> None:
    rule = next(rule for rule in core.library.rules if core.library.cases_of(rule))
    text = unescape(client.get(f"/rules/{rule.id}").text)
    for case in core.library.cases_of(rule):
        assert case.name in text
    for row in rule.reference:
        assert f"<code>{row}</code>" in text
    assert rule.topic.path in text
    assert f"dated {rule.topic.dated}" in text


def test_the_cases_of_a_rule_are_all_that_name_it_in_its_topic(
    core: CoreService, service: Any
) -> None:
    for rule in list(core.library.rules)[::97]:
        beside = rule.topic.path.replace(".yaml", ".cases.yaml")
        named = [c for c in service.cases if any(id == rule.id for _, id in c.expectations())]
        expected = [c.name for c in named if c.location.path == beside]
        assert [case.name for case in core.library.cases_of(rule)] == expected


def draft(core: CoreService, change: Callable[[str], str] = str) -> str:
    """The topic of the first screening rule, changed."""
    path = next(iter(core.library.rules.of_stage("screening"))).topic.path
    return change((ROOT / path).read_text(encoding="utf-8"))


def test_a_draft_that_changes_nothing_changes_nothing(
    client: FlaskClient, core: CoreService, store: Store
) -> None:
    patient = json.dumps(body({}))
    size = store.checkpoint(NOW).size
    answer = send(client, "/drafts", "/drafts", draft=draft(core), patient=patient)
    assert answer.status_code == 200
    assert "On this patient: unchanged" in answer.text
    assert "sound" in answer.text
    assert store.checkpoint(NOW).size == size


def test_a_draft_with_faults_is_told_by_line_and_not_tried(
    client: FlaskClient, core: CoreService
) -> None:
    broken = draft(core, lambda text: text.replace("if_unknown:", "if_unknwon:", 1))
    line = broken[: broken.index("if_unknwon")].count("\n") + 1
    answer = send(client, "/drafts", "/drafts", draft=broken, patient=json.dumps(body({})))
    assert answer.status_code == 422
    assert f".yaml:{line}</code>" in answer.text
    assert "On this patient" not in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty or not a mapping"),
        ("stage: ../../etc\ntopic: x\nrules: []\n", "is none of these"),
        ("stage: screening\ntopic: ../../x\nrules: []\n", "is not a name"),
        ("stage: [screening]\ntopic: {a: b}\nrules: []\n", "is none of these"),
        ("a: &x [1]\nb: *x\n", "anchor"),
        ("a: !!python/object/apply:os.system ['id']\n", "tag"),
        ("<script>alert(1)</script>", "empty or not a mapping"),
        ("x" * 300_001, "A topic has at most"),
    ],
)
def test_no_draft_reaches_beyond_its_page(client: FlaskClient, text: str, expected: str) -> None:
    answer = send(client, "/drafts", "/drafts", draft=text, patient="")
    assert answer.status_code in (200, 422)
    assert expected in answer.text
    assert "<script>alert" not in answer.text


def test_a_patient_is_read_as_strictly_as_a_request(client: FlaskClient, core: CoreService) -> None:
    for patient, expected in (("{", "not"), ('{"facts": {"agee": 1}}', "agee"), ("[]", "object")):
        answer = send(client, "/drafts", "/drafts", draft=draft(core), patient=patient)
        assert answer.status_code == 422
        assert expected in answer.text


def stricter(text: str) -> str:
    """The topic of blood pressure with one bound far lower."""
    bound = "{fact: sbp_rest, at_least: 180, unit: 'mm[Hg]'}"
    assert bound in text
    return text.replace(bound, bound.replace("180", "101"), 1)


@pytest.mark.slow
def test_a_draft_tells_what_it_changes_for_a_patient_and_the_record(
    client: FlaskClient, core: CoreService
) -> None:
    changed = stricter((ROOT / PRESSURE).read_text(encoding="utf-8"))
    made = decide(client, body({}))
    sha = core.knowledge_sha256
    answer = send(client, "/drafts", "/drafts", draft=changed, patient=json.dumps(body({})))
    assert answer.status_code == 200, answer.text
    assert "newly blocked" in answer.text
    answer = send(client, "/drafts", "/drafts", draft=changed, patient="", on="record")
    assert "On the newest recorded decisions (1)" in answer.text
    assert (
        f'Newly blocked: 1 <span class="detail"><a href="/audit/decisions/{made["id"]}"'
        in answer.text
    )
    assert core.knowledge_sha256 == sha
    assert decide(client, body({}))["disposition"] == made["disposition"]


def test_work_apart_gives_its_answer_its_error_or_is_stopped() -> None:
    def fails() -> None:
        raise CdsError("no answer")

    def dies() -> None:
        raise SystemExit(1)

    def hangs() -> None:
        while True:
            pass

    patience = 60.0
    assert run_apart(lambda: [1], patience) == [1]
    for work, expected in ((fails, "no answer"), (dies, "without an answer")):
        with pytest.raises(CdsError, match=expected):
            run_apart(work, patience)
    with pytest.raises(CdsError, match="longer"):
        run_apart(hangs, 0.5)


def test_a_draft_needs_the_token_of_its_form(client: FlaskClient) -> None:
    assert client.post("/drafts", data={"draft": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (None, {"/", "/audit", "/rules"}),
        (Role.PRESCRIBER, {"/", "/rules"}),
        (Role.AUDITOR, {"/audit", "/rules"}),
        (Role.RULE_MANAGER, {"/audit/rules", "/rules"}),
        (Role.ADMINISTRATOR, {"/audit/status", "/rules"}),
    ],
)
def test_nobody_is_shown_a_door_that_is_closed(
    core: CoreService, build: Callable[..., Flask], role: Role | None, expected: set[str]
) -> None:
    """Where nobody is asked who they are, all are open."""
    app = build(core)

    @app.before_request
    def _sign_in() -> None:
        if role is not None:
            g.principal = Principal("x", frozenset({role}))

    header = app.test_client().get("/rules").text.partition("</header>")[0]
    nav = header.partition("<nav")[2]
    assert set(re.findall(r'<a href="(/[^"]*)"', nav)) == {*expected, "/docs"}
