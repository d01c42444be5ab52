"""Each benchmark runs and gives its figures. How fast it was is never asserted here."""

import json
from itertools import islice

import pytest

from benchmarks import crash, decide, hooks, http, pages, population, record, replay, start
from benchmarks.figures import Figure
from benchmarks.workload import build_bundle, build_requests
from cds.http.loading import load_core


def _values(figures: list[Figure]) -> dict[str, float]:
    return {figure.what: figure.value for figure in figures}


def test_a_decision_is_measured_by_part_and_by_number_of_rules() -> None:
    found = _values(decide.measure(requests=3, rounds=1))
    parts = [value for name, value in found.items() if name.startswith("  of it")]
    assert len(parts) == 6
    assert all(value > 0 for name, value in found.items() if "under" not in name)
    assert 0 <= found["of them under 5 ms"] <= 100


@pytest.mark.slow
def test_the_cost_of_the_record_is_measured_on_both_databases() -> None:
    found = _values(record.measure(requests=3, rounds=1))
    ratios = [value for name, value in found.items() if "share of the rate" in name]
    assert len(ratios) == 2
    assert all(value > 0 for value in found.values())


@pytest.mark.slow
def test_a_population_is_measured_against_single_decisions() -> None:
    found = _values(population.measure(patients=4, kilobytes=9))
    assert "one by one, recorded" in found
    assert all(value > 0 for value in found.values())


@pytest.mark.slow
def test_replays_are_measured_beside_deciding_and_all_come_out_equal() -> None:
    found = _values(replay.measure(requests=30, impact=True))
    assert found["of them byte for byte equal"] == 100
    assert all(value > 0 for value in found.values())


@pytest.mark.slow
@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_requests_over_http_are_all_answered(server: str) -> None:
    found = _values(http.measure(server, requests=6, clients=2))
    assert found["requests lost or refused"] == 0
    assert found["decision, p50, one client"] > found["hello, p50, one client"] > 0


@pytest.mark.slow
def test_the_first_page_is_weighed_and_timed_beside_hello() -> None:
    found = _values(pages.measure("gunicorn", requests=6))
    assert 10 < found["first page with its assets, as sent"] < 300
    assert found["assets of other hosts"] == 0
    assert found["first page, p50, one client"] > found["hello, p50, one client"] > 0


@pytest.mark.slow
def test_cards_are_measured_at_every_number_of_clients() -> None:
    found = _values(hooks.measure("gunicorn", requests=4))
    ratios = [name for name in found if name.endswith("ratio")]
    assert len(ratios) == 2 * len(hooks.CLIENTS)
    assert all(value > 0 for value in found.values())


def test_each_measured_call_of_a_hook_is_large_and_another() -> None:
    """The same call again would be answered from the record."""
    first, second = islice(hooks.build_bodies(), 2)
    assert min(len(first), len(second)) > 90_000
    assert json.loads(first)["hookInstance"] != json.loads(second)["hookInstance"]


@pytest.mark.slow
def test_start_memory_and_drift_are_measured() -> None:
    found = _values(start.measure("gunicorn", starts=1, decisions=10))
    assert found["start to first answer, cold"] > 0
    assert found["worker, resident"] >= found["worker, its own (unique)"] > 0


@pytest.mark.slow
def test_the_service_goes_on_when_a_worker_is_killed() -> None:
    """The one property that is not about speed: no answer is an error, and answers go on."""
    found = _values(crash.measure("gunicorn", seconds=3.0, clients=2))
    assert found["answers in all"] > 0
    assert found["answers that were errors"] == 0
    assert found["worker replaced after"] < crash.REPLACED_WITHIN


def test_the_requests_of_one_seed_are_always_the_same() -> None:
    terms = load_core().terms
    assert build_requests(1, 3, terms) == build_requests(1, 3, terms)
    assert {len(body["facts"]) for body in build_requests(1, 3, terms)} == {40}
    assert build_bundle(1, 9_000) == build_bundle(1, 9_000)


def test_a_target_is_met_or_not_met() -> None:
    assert Figure("x", 2.0, "ms", at_most=2.5).verdict == "met"
    assert Figure("x", 3.0, "ms", at_most=2.5).verdict == "NOT MET"
    assert Figure("x", 3.0, "/s", at_least=5.0).verdict == "NOT MET"
    assert Figure("x", 3.0, "ms").verdict == ""
