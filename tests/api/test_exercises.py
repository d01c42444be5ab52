"""`GET /v1/exercises`: any attribute filters, errors say what is allowed, and it is described."""

import pytest
from flask.testing import FlaskClient

from cds.model.movement import Movement
from cds.service import Service

ATTRIBUTES = list(Movement.__struct_fields__)


def found(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/v1/exercises?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [movement["id"] for movement in answer.get_json()["exercises"]]


def refused(client: FlaskClient, query: str) -> list[tuple[str, str]]:
    answer = client.get(f"/v1/exercises?{query}")
    assert answer.status_code == 422
    return [(e["pointer"], e["detail"]) for e in answer.get_json()["errors"]]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_of_a_movement_filters(
    name: str, client: FlaskClient, service: Service
) -> None:
    """With the first value that some movement has: exactly those come that have it."""
    movements = service.knowledge.catalogue.movements.values()
    value = next(v for m in movements if (v := getattr(m, name)) not in (None, (), ""))
    part = value[0].split("|")[0] if isinstance(value, tuple) else value
    text = str(part).lower() if isinstance(part, bool) else f"{part:g}" if name == "mets" else part
    answer = client.get("/v1/exercises", query_string={name: text}).get_json()["exercises"]
    having = [m.id for m in movements if _has(getattr(m, name), part)]
    assert [movement["id"] for movement in answer] == having
    assert 0 < len(having) < len(movements)


def _has(value: object, part: object) -> bool:
    if isinstance(value, tuple):
        return any(part in str(each).split("|") for each in value)
    return value == part


def test_filters_narrow_together_and_values_of_one_widen(client: FlaskClient) -> None:
    low = found(client, "modality=aerobic&impact_level=low")
    both = found(client, "modality=aerobic&impact_level=low&impact_level=none")
    assert set(low) < set(both)
    assert set(found(client, "modality=aerobic&impact_level=low&region=upper")) < set(low)


def test_avoid_tags_take_away_what_they_remove(client: FlaskClient) -> None:
    left = found(client, "avoid=AV_FLOOR&avoid=AV_SUPINE")
    assert len(left) == 186 - len({*_removed("AV_FLOOR", client), *_removed("AV_SUPINE", client)})
    assert not {"R42", "X01"} & set(left)


def _removed(tag: str, client: FlaskClient) -> set[str]:
    return {*found(client, "")} - {*found(client, f"avoid={tag}")}


def test_a_wrong_value_is_refused_with_what_is_allowed(client: FlaskClient) -> None:
    [(pointer, detail)] = refused(client, "impact_level=tiny")
    assert pointer == "?/impact_level"
    assert detail.endswith("Use one of: high, low, moderate, none.")
    [(pointer, detail)] = refused(client, "name=Rowing+ergometer,+modera")
    assert (pointer, "Did you mean" in detail) == ("?/name", True)
    [(_, detail)] = refused(client, "dose=zzzz")
    assert "GET /v1/exercises" in detail


def test_a_wrong_parameter_is_refused_and_the_nearest_one_named(client: FlaskClient) -> None:
    [(pointer, detail)] = refused(client, "modalty=aerobic")
    assert (pointer, "'modality'" in detail) == ("?/modalty", True)
    [(_, detail)] = refused(client, "zzzz=1")
    assert "avoid, id, name, modality" in detail


def test_every_filter_is_described_with_its_values(client: FlaskClient) -> None:
    parameters = client.get("/openapi.json").get_json()["paths"]["/v1/exercises"]["get"]
    described = {p["name"]: p["schema"]["items"] for p in parameters["parameters"]}
    assert list(described) == ["avoid", *ATTRIBUTES]
    assert described["impact_level"]["enum"] == ["high", "low", "moderate", "none"]
    assert "AV_FLOOR" in described["avoid"]["enum"]
    assert "enum" not in described["name"]
