"""What is said of the use of a rule is what a recount of the record finds."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.audit.erasure import About, Actor, erase
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.feedback.analytics import Analytics, Counts, RuleUse
from cds.feedback.drift import fisher_exact
from cds.feedback.export import as_csv, export_rows
from cds.feedback.recording import Desk, record_feedback
from cds.http.core import CoreService
from cds.model.decision import as_json
from cds.model.feedback import Feedback, FeedbackTerms, Outcome, Target, TargetType, Watching
from tests.audit.conftest import database
from tests.audit.databases import Database
from tests.feedback.events import KNOWN, SHA, START, Json, add, answer, busy, exact_p, recount
from tests.records import empty_record

__all__ = ["database"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty record."""
    opened = Store(empty_record(tmp_path), Keys(b"test key"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def terms(core: CoreService) -> FeedbackTerms:
    """The terms as shipped."""
    return core.feedback


def told(store: Store, watching: Watching, counts: Counts | None = None) -> Analytics:
    return (counts or Counts()).analytics(store, KNOWN, SHA, watching)


def figures(found: Analytics) -> dict[str, Json]:
    """What a recount finds too."""
    known = ("rule", "kind", "title", "version", "warnings")
    return {
        f"{use.kind} {use.rule}": {n: v for n, v in as_json(use).items() if n not in known}
        for use in found.rules
    }


def rule(id_: str) -> Target:
    return Target(TargetType.RULE, id_)


def warned(store: Store, watching: Watching, rule: str) -> list[str]:
    uses: Sequence[RuleUse] = told(store, watching).rules
    return [w.kind for use in uses if use.rule == rule for w in use.warnings]


def test_the_figures_are_those_of_a_recount(database: Database, terms: FeedbackTerms) -> None:
    """REG-06, on both databases."""
    store = database.open()
    busy(store, terms, 300, seed=1)
    found = told(store, terms.watching)
    assert figures(found) == recount(store)
    assert found.answers["decision"] + found.answers["follow_up"] == 300
    store.close()


@pytest.mark.slow
def test_the_figures_are_those_of_a_recount_of_ten_thousand_events(
    store: Store, terms: FeedbackTerms
) -> None:
    """REG-06: 7,500 answers and 2,500 events of feedback."""
    busy(store, terms, 7_500, 3)
    assert figures(told(store, terms.watching)) == recount(store)


def test_what_came_since_is_added_as_if_all_were_counted_anew(
    store: Store, terms: FeedbackTerms
) -> None:
    counts = Counts()
    for seed in (5, 6):
        busy(store, terms, 60, seed)
        assert told(store, terms.watching, counts) == told(store, terms.watching)
    assert told(store, terms.watching, counts) == told(store, terms.watching)


def test_what_was_erased_is_no_longer_counted(store: Store, terms: FeedbackTerms) -> None:
    counts, subject = Counts(), "c" * 64
    add(store, [answer(["a.some"], START, subject=subject), answer(["a.some"], START)])
    assert figures(told(store, terms.watching, counts))["decision a.some"]["fires"] == 2
    erase(store, About(subject=subject), Actor("tester", START))
    add(store, [answer(["a.often"], START)])
    found = told(store, terms.watching, counts)
    assert figures(found) == recount(store)
    assert figures(found)["decision a.some"]["fires"] == 1
    assert found.erased == 1


def test_feedback_to_a_rule_comes_before_that_to_its_decision(
    store: Store, terms: FeedbackTerms
) -> None:
    (id_,) = add(store, [answer(["a.often", "a.some"], START)])
    desk = Desk(store, terms, SHA)
    record_feedback(desk, Feedback(id_, Outcome.ACCEPTED), START)
    own = replace(Feedback(id_, Outcome.OVERRIDDEN), reason="other")
    record_feedback(desk, replace(own, target=rule("a.some")), START)
    found = figures(told(store, terms.watching))
    assert found["decision a.some"]["feedback"]["overridden"] == 1
    assert found["decision a.some"]["feedback"]["accepted_with_decision"] == 0
    assert found["decision a.often"]["feedback"]["accepted_with_decision"] == 1
    assert found["decision a.some"]["feedback"]["reasons"] == {"other": 1}


@pytest.mark.parametrize(("answers", "expected"), [(99, []), (100, ["never_fired"])])
def test_a_rule_that_never_fired_is_named_from_the_threshold_on(
    store: Store, terms: FeedbackTerms, answers: int, expected: list[str]
) -> None:
    watching = replace(terms.watching, never_fired_after=100)
    add(store, [answer(["a.often"], START) for _ in range(answers)])
    assert warned(store, watching, "a.never") == expected


def test_answers_before_a_rule_was_known_do_not_make_it_silent(
    store: Store, terms: FeedbackTerms
) -> None:
    watching = replace(terms.watching, never_fired_after=100)
    add(store, [answer([], START, sha="b" * 64) for _ in range(100)])
    assert warned(store, watching, "a.never") == []


@pytest.mark.parametrize(("since", "expected"), [(19, []), (21, ["fell_silent"])])
def test_a_rule_falls_silent_when_ten_firings_are_missed(
    store: Store, terms: FeedbackTerms, since: int, expected: list[str]
) -> None:
    """VER-07: a code is renamed, and a rule that fired every other time is never heard again."""
    assert terms.watching.expected_missed == 10
    fired = [answer(["a.some"] if n % 2 else [], START) for n in range(100)]
    add(store, fired + [answer([], START) for _ in range(since)])
    assert warned(store, terms.watching, "a.some") == expected


@pytest.mark.parametrize(("fires", "expected"), [(9, []), (10, ["fell_silent"])])
def test_a_rule_that_fired_a_few_times_has_no_rate_to_fall_from(
    store: Store, terms: FeedbackTerms, fires: int, expected: list[str]
) -> None:
    """Else the first days of every installation would be full of warnings."""
    add(store, [answer(["a.some"], START) for _ in range(fires)])
    add(store, [answer([], START) for _ in range(20)])
    assert warned(store, terms.watching, "a.some") == expected


@pytest.mark.parametrize(("now", "expected"), [(20, []), (45, ["drift"]), (60, ["drift"])])
def test_a_rate_that_changes_more_than_chance_allows_is_drift(
    store: Store, terms: FeedbackTerms, now: int, expected: list[str]
) -> None:
    """VER-07: a rule is edited, and fires more often in the last 200 answers than before."""
    assert (terms.watching.window, terms.watching.drift_p) == (200, 0.001)
    before = [answer(["a.some"] if n % 10 == 0 else [], START) for n in range(400)]
    last = [answer(["a.some"] if n < now else [], START) for n in range(199, -1, -1)]
    add(store, before + last)
    assert warned(store, terms.watching, "a.some") == expected
    assert (exact_p(now, 200, 40, 400) < 0.001) == bool(expected)


def test_a_short_history_says_nothing_of_drift(store: Store, terms: FeedbackTerms) -> None:
    add(store, [answer([], START) for _ in range(199)])
    add(store, [answer(["a.some"], START) for _ in range(200)])
    assert warned(store, terms.watching, "a.some") == []
    add(store, [answer(["a.some"], START)])
    assert warned(store, terms.watching, "a.some") == ["drift"]


def test_a_warning_says_its_figures(store: Store, terms: FeedbackTerms) -> None:
    watching = replace(terms.watching, never_fired_after=60, window=20, least_history=20)
    add(store, [answer(["a.some"], START) for _ in range(40)])
    add(store, [answer([], START) for _ in range(30)])
    uses = told(store, watching).rules
    texts = {w.kind: w.text for use in uses if use.kind == "decision" for w in use.warnings}
    assert "in 70 answers" in texts["never_fired"]
    assert "last 30 answers, where 30.0 firings" in texts["fell_silent"]
    assert "0.0 of 100 of the last 20 answers, before in 80.0 of 100" in texts["drift"]


SMALL = st.integers(0, 30)


@given(SMALL, SMALL, SMALL, SMALL)
def test_the_test_of_drift_is_fishers(a: int, b: int, c: int, d: int) -> None:
    assert fisher_exact(a, a + b, c, c + d) == pytest.approx(exact_p(a, a + b, c, c + d))


def test_the_lady_tasting_tea() -> None:
    """Fisher's own example: 3 of 4 right, two-sided 34/70."""
    assert fisher_exact(3, 4, 1, 4) == pytest.approx(34 / 70)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_of_the_export_is_a_formula(store: Store, terms: FeedbackTerms, start: str) -> None:
    """A user or place that begins like one is text in every spreadsheet."""
    (id_,) = add(store, [answer(["a.some"], START)])
    hostile = f'{start}HYPERLINK("http://x")'
    given_ = Feedback(id_, Outcome.ACCEPTED, user=hostile, location=hostile, comment=hostile)
    record_feedback(Desk(store, terms, SHA, keep_text=True), given_, START)
    (row,) = csv.DictReader(io.StringIO(as_csv(export_rows(store, terms)), newline=""))
    assert row["user"] == row["location"] == row["comment"] == f"'{hostile}"
    assert export_rows(store, terms)[0]["user"] == hostile


def test_the_export_holds_each_event_and_which_one_counts(
    store: Store, terms: FeedbackTerms
) -> None:
    (id_,) = add(store, [answer(["a.some"], START)])
    desk = Desk(store, terms, SHA)
    for day, user in enumerate(("k", "l")):
        overridden = Feedback(id_, Outcome.OVERRIDDEN, rule("a.some"), "data_wrong", user=user)
        record_feedback(desk, replace(overridden, location="ward"), START + timedelta(days=day))
    first, second = export_rows(store, terms)
    assert (first["final"], second["final"]) == (False, True)
    assert (second["intervention"], second["version"], second["title"]) == (
        "a.some",
        "2",
        "Title of a.some",
    )
    assert (second["action"], second["feedback_code"]) == ("overridden", "data_wrong")
    assert second["feedback"] == "The data behind it are wrong or out of date"
    assert (second["user"], second["location"]) == ("l", "ward")
    assert second["date"] == "2026-11-02T08:00:00+00:00"


@pytest.mark.parametrize(("since", "until", "count"), [(1, 1, 1), (1, 2, 2), (3, 4, 0)])
def test_the_export_of_a_period_holds_both_of_its_days(
    store: Store, terms: FeedbackTerms, since: int, until: int, count: int
) -> None:
    (id_,) = add(store, [answer([], START)])
    for hours in (15, 16):
        moment = START + timedelta(hours=hours)
        record_feedback(Desk(store, terms, SHA), Feedback(id_, Outcome.ACCEPTED), moment)
    days = [START.date().replace(day=day) for day in (since, until)]
    assert len(export_rows(store, terms, *days)) == count
