"""What is particular about a condition's programme stands in the JSON, the report and the page."""

import html

import pytest
from flask.testing import FlaskClient

from cds.http.core import CoreService
from cds.report import report
from tests.api.adult import body, decide


@pytest.mark.parametrize(
    ("condition", "attributes"),
    [
        ("peripheral_artery_disease", {"walking", "walking_sessions", "programme_length"}),
        ("obesity", {"weekly_minutes_for_loss", "weekly_minutes_for_maintenance"}),
        ("copd", {"breathlessness", "oxygen_saturation", "interval_format"}),
        ("asthma", {"warm_up", "reliever"}),
        ("parkinson", {"aerobic_programme", "cueing"}),
    ],
)
def test_the_particulars_of_a_programme_are_told_with_their_mark(
    core: CoreService, client: FlaskClient, condition: str, attributes: set[str]
) -> None:
    decision = decide(client, body({}, (condition,)))
    told = decision["plan"]["particulars"]
    page = html.unescape(client.get(f"/decisions/{decision['id']}").get_data(as_text=True))
    text = " ".join(report(decision, {}).split())

    assert attributes <= {said["attribute"] for said in told}
    for said in told:
        assert said["mark"] in ("V", "K", "O")
        assert said["text"] in page
        assert said["text"] in text


def test_a_programme_without_particulars_tells_none(client: FlaskClient) -> None:
    """Nothing is made up where a profile names none."""
    assert decide(client, body({}, ("hypertension",)))["plan"]["particulars"] == []
