"""What the service is for stands wherever it is met, and where each rule comes from."""

from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds.http.core import CoreService
from cds.knowledge.governance_files import ORIGINS, USES
from tests.api.adult import body, decide

ROOT = Path(__file__).parents[2]
# 45 CFR 170.315(b)(11)(iv)(A)(1) to (13).
ATTRIBUTES = [
    "bibliographic_citation",
    "developer",
    "funding_source",
    "release_and_revision_dates",
    "use_of_race",
    "use_of_ethnicity",
    "use_of_language",
    "use_of_sexual_orientation",
    "use_of_gender_identity",
    "use_of_sex",
    "use_of_date_of_birth",
    "use_of_social_determinants_of_health",
    "use_of_health_status_assessments",
]


@pytest.mark.parametrize("path", ["/", "/docs", "decision", "/rules/{rule}", "/nothing-here"])
def test_every_page_says_what_the_service_is_for(
    client: FlaskClient, core: CoreService, path: str
) -> None:
    """REG-07."""
    if path == "/nothing-here":
        path = "/decisions/nothing"
    if path == "decision":
        path = f"/decisions/{decide(client, body({}))['id']}"
    page = unescape(client.get(path.format(rule=core.rules()[0]["id"])).text)
    for sentence in core.intended_use.sentences:
        assert sentence in page


def test_the_description_and_the_readme_say_it_too(client: FlaskClient, core: CoreService) -> None:
    """REG-07."""
    assert client.get("/openapi.json").get_json()["info"]["description"] == core.intended_use.text
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for sentence in core.intended_use.sentences:
        assert sentence in readme


def test_the_intended_use_names_what_it_must_and_the_age_that_is_decided_on(
    core: CoreService,
) -> None:
    text = core.intended_use.text
    for part in ("Intended use", "Intended users", "Intended population", "Not intended for"):
        assert part in text
    assert "Not time-critical, not a certified device." in text
    adult = core._service.knowledge.profiles.age.adult
    assert f"adults, from {adult:g} years" in core.intended_use.population


def test_every_rule_has_the_13_attributes_and_none_is_empty(core: CoreService) -> None:
    """REG-01."""
    assert [*ORIGINS, *USES] == ATTRIBUTES
    for short in core.rules():
        rule = core.rule(short["id"])
        assert rule is not None
        assert list(rule["source_attributes"]) == ATTRIBUTES
        assert all(
            entry["label"] and entry["value"] for entry in rule["source_attributes"].values()
        )


def used(core: CoreService, rule: str, attribute: str) -> object:
    found = core.rule(rule)
    assert found is not None
    return found["source_attributes"][attribute]["value"]


def test_the_use_of_data_is_what_the_condition_reads(core: CoreService) -> None:
    for rule in core._service.rules:
        direct = {"sex": "use_of_sex", "age": "use_of_date_of_birth"}
        for fact, attribute in direct.items():
            if fact in rule.facts:
                assert isinstance(used(core, rule.id, attribute), list)
        assert used(core, rule.id, "use_of_race") == "not used"


def test_a_flag_counts_by_what_its_definition_reads(core: CoreService) -> None:
    """The rule of a flag reads falls; a rule that reads only the flag uses them too."""
    rules = core._service.rules
    defining = next(rule for rule in rules if "falls_risk" in rule.defines)
    told = used(core, defining.id, "use_of_health_status_assessments")
    reading = [rule for rule in rules if set(rule.facts) == {"falls_risk"}]
    assert reading
    for rule in reading:
        assert used(core, rule.id, "use_of_health_status_assessments") == told


def test_what_a_whole_stage_finds_is_not_available(core: CoreService) -> None:
    """Nothing is claimed of facts that are not traced."""
    reading = [
        rule for rule in core._service.rules if set(rule.facts) == {"screening.vigorous_allowed"}
    ]
    assert reading
    for rule in reading:
        assert used(core, rule.id, "use_of_sex") == "not available"
        assert used(core, rule.id, "use_of_race") == "not used"


def test_who_paid_is_not_available(core: CoreService) -> None:
    assert used(core, core.rules()[0]["id"], "funding_source") == "not available"
