"""A hold says what opens it, a relative finding who decides: in JSON, report and page."""

import pytest
from flask.testing import FlaskClient

from cds.http.core import CoreService
from cds.report import report
from tests.api.adult import Json, body, decide

HOLDS: list[tuple[Json, tuple[str, ...]]] = [
    ({"sbp_rest": 180}, ()),
    ({"fever": True}, ()),
    ({"glucose": 3.9}, ("type_2_diabetes",)),
    ({"potassium": 6.1}, ()),
    ({"phq9_item9": 1}, ()),
    ({"creatine_kinase": 2000}, ()),
    ({"sbp_ex": 250}, ()),
]
RELATIVE: list[tuple[Json, tuple[str, ...]]] = [
    ({"days_since_mi": 5}, ()),
    ({"nyha": "IV"}, ("heart_failure",)),
    ({}, ("aortic_aneurysm_dissection",)),
]


def _told(core: CoreService, client: FlaskClient, decision: Json) -> tuple[str, str]:
    page = client.get(f"/decisions/{decision['id']}").get_data(as_text=True)
    return report(decision, {}), page


@pytest.mark.parametrize(("facts", "conditions"), HOLDS)
def test_a_hold_says_what_opens_it_again(
    core: CoreService, client: FlaskClient, facts: Json, conditions: tuple[str, ...]
) -> None:
    decision = decide(client, body(facts, conditions))
    holds = [f for f in decision["contraindications"] if f["kind"] == "hold_today"]
    text, page = _told(core, client, decision)

    assert decision["disposition"] == "hold_today"
    assert all(f["reopens"] for f in holds)
    assert text.count("opens again:") >= len({f["message"] for f in holds})
    assert "Opens again:" in page


@pytest.mark.parametrize(("facts", "conditions"), RELATIVE)
def test_a_relative_finding_says_who_decides(
    core: CoreService, client: FlaskClient, facts: Json, conditions: tuple[str, ...]
) -> None:
    decision = decide(client, body(facts, conditions))
    weighed = [f for f in decision["contraindications"] if f["kind"] == "relative"]
    text, page = _told(core, client, decision)

    assert weighed
    assert all(f["decided_by"] for f in weighed)
    assert text.count("decided by:") >= len({f["message"] for f in weighed})
    assert "Decided by:" in page


def test_stop_or_go_stands_first_in_report_and_page(core: CoreService, client: FlaskClient) -> None:
    decision = decide(client, body({"sbp_ex": 250}))
    text, page = _told(core, client, decision)
    assert text.index("Session now") < text.index("Findings")
    after = "What to avoid or mind" if "What to avoid or mind" in page else "What was assumed"
    assert page.index("Session now: stop") < page.index(after)
