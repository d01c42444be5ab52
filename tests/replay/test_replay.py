"""A recorded answer comes out again byte for byte, or it is said why it does not."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import cds.http.pipeline
from benchmarks.workload import build_decision_requests
from cds.audit.data_keys import destroy
from cds.audit.database import record
from cds.audit.erasure import About, Actor, erase
from cds.audit.knowledge_store import put_knowledge
from cds.audit.store import Store
from cds.errors import CdsError, EngineError
from cds.http.core import CoreService
from cds.http.loading import core_of
from cds.http.pipeline import Door
from cds.knowledge.files import hash_files, knowledge_files
from cds.model.intake import SubmittedFact
from cds.replay.bulk import Replaying, replay_all, to_replay
from cds.replay.changes import Change
from cds.replay.recorded import KINDS, Recorded
from cds.replay.replaying import Outcome, Replay, read_sound, replay, today
from cds.replay.versions import Versions
from cds.replay.workers import in_parallel
from cds.secret import pseudonym
from cds.service import Service, build_service
from tests.audit.databases import NOW, Database, sqlite_in
from tests.replay.conftest import Version
from tests.replay.recording import (
    DOOR,
    check_in,
    decide,
    entry_of,
    keep,
    pipeline,
    recorded,
)

#: As many as two cores replay in a minute or so; `python -m cds replay` takes any number.
MANY = 1_000
ACTOR = Actor("a tester", NOW)


class Odd:
    """The real service, but one thing about it is another."""

    def __init__(self, core: CoreService, **members: Any) -> None:
        self._core = core
        self.__dict__ |= members

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)


def _outcome(store: Store, versions: Versions, of: Recorded) -> Outcome:
    return replay(store, versions, of).outcome


@pytest.mark.slow
def test_generated_decisions_come_out_byte_for_byte_equal(
    tmp_path: Path, shipped: Version, versions: Versions
) -> None:
    """Under knowledge that is loaded from the record, not under the one that decided."""
    database = sqlite_in(tmp_path)
    store = database.open()
    keep(store, shipped)
    recording = pipeline(store, shipped.core)
    for asked in build_decision_requests(13, MANY, shipped.core.terms):
        recording.decide(asked, DOOR)
    groups = to_replay(store)
    store.close()
    ((knowledge, seqs),) = groups.items()
    parts = replay_all(database.open, versions, seqs, knowledge, workers=2)
    assert [each.outcome for part in parts for each in part] == [Outcome.EQUAL] * MANY


def test_check_ins_come_out_equal_with_and_without_the_decision_they_go_on_from(
    lite: Store, shipped: Version, versions: Versions
) -> None:
    """The plan of that decision is read from its own record."""
    keep(lite, shipped)
    earlier = decide(lite, shipped.core, {}, ["osteoporosis"]).receipt.id
    answers = [
        check_in(lite, shipped.core, {"pain_during": 6}),
        check_in(lite, shipped.core, {}, decision=earlier),
        check_in(lite, shipped.core, {"red_flag": True}, decision=earlier),
    ]
    found = [recorded(lite, answer) for answer in answers]
    assert [_outcome(lite, versions, each) for each in found] == [Outcome.EQUAL] * 3
    assert found[1].earlier is not None
    assert found[1].earlier.plan is not None
    without = replace(found[1], earlier=None)
    assert _outcome(lite, versions, without) is Outcome.DIFFERENT


def test_an_answer_that_was_flagged_as_overdue_for_review_comes_out_equal(
    lite: Store, shipped: Version, versions: Versions
) -> None:
    """The clock of then tells what was overdue, not the day that was decided for."""
    keep(lite, shipped)
    late = Door(b"{}", NOW + timedelta(days=3650))
    answers = [
        decide(lite, shipped.core, {}, ["osteoporosis"], door=late),
        check_in(lite, shipped.core, {"pain_during": 6}, door=late),
    ]
    assert all(answer.members["knowledge"]["overdue"] for answer in answers)
    found = [recorded(lite, answer) for answer in answers]
    assert [_outcome(lite, versions, each) for each in found] == [Outcome.EQUAL] * 2


def test_words_that_are_not_kept_do_not_change_what_comes_out(
    lite: Store, shipped: Version, versions: Versions
) -> None:
    keep(lite, shipped)
    wishes = {"goals": ["lift Zebulon 3 times", "climb stairs"], "equipment": ["Zebulon's band"]}
    answer = decide(lite, shipped.core, {}, preferences=wishes, subject={"id": "Zebulon"})
    assert _outcome(lite, versions, recorded(lite, answer)) is Outcome.EQUAL


def test_the_policies_of_the_site_are_those_of_then(
    lite: Store, service: Service, shipped: Version, versions: Versions
) -> None:
    keep(lite, shipped)
    policies = {"resting_bp_hold": "above_200_110"}
    site = core_of(build_service(service.knowledge, service.rules, site_policies=policies))
    found = recorded(lite, decide(lite, site, {"sbp_rest": 185}))
    assert found.site_policies == policies
    assert _outcome(lite, versions, found) is Outcome.EQUAL
    assert _outcome(lite, versions, replace(found, site_policies={})) is Outcome.DIFFERENT
    assert today(shipped.core, found).changes == (Change.NEWLY_BLOCKED,)


@pytest.mark.slow
def test_each_of_three_versions_is_replayed_under_its_own_and_compared_with_the_last(
    store: Store, shipped: Version, stricter: Version, other: Version, versions: Versions
) -> None:
    """An upgrade twice over: a threshold, then a message and more. On both databases."""
    history = (shipped, stricter, other)
    keep(store, *history)
    people = ({"sbp_rest": 175}, {"sbp_rest": 185}, {})
    answers = [[decide(store, version.core, facts) for facts in people] for version in history]
    found = [[recorded(store, answer) for answer in some] for some in answers]
    assert len({each.knowledge for some in found for each in some}) == 3
    outcomes = [[_outcome(store, versions, each) for each in some] for some in found]
    assert outcomes == [[Outcome.EQUAL] * 3] * 3
    changes = [[today(other.core, each).changes for each in some] for some in found]
    none = (Change.UNCHANGED,)
    assert changes == [
        [(Change.NEWLY_BLOCKED,), (Change.TEXT_ONLY,), none],
        [(Change.TEXT_ONLY,), (Change.TEXT_ONLY,), none],
        [none, none, none],
    ]
    held = today(other.core, found[0][0]).difference
    assert held is not None
    assert held["disposition"] == {"before": "proceed_with_limits", "after": "hold_today"}
    assert held["plan"]["given"] == {"before": True, "after": False}
    worded = today(other.core, found[1][1]).difference
    assert worded is not None
    assert "contraindications" in worded["texts"]
    assert "disposition" not in worded


def test_an_erased_subject_is_said_to_be_erased(store: Store, shipped: Version) -> None:
    decision = decide(store, shipped.core, {}, subject={"id": "somebody"})
    erase(store, About(subject=pseudonym(b"key of subjects", "somebody")), ACTOR)
    found = read_sound(store, entry_of(store, decision))
    assert isinstance(found, Replay)
    assert found.outcome is Outcome.ERASED
    assert store.verify() is None


def test_a_check_in_is_erased_for_a_replay_with_the_decision_that_it_goes_on_from(
    lite: Store, shipped: Version
) -> None:
    """Each year has its own key, so that retention may take the decision alone."""
    last_year = replace(DOOR, now=NOW.replace(year=NOW.year - 1))
    decision = decide(lite, shipped.core, {}, door=last_year, subject={"id": "somebody"})
    told = check_in(lite, shipped.core, {}, decision=decision.receipt.id)
    key = entry_of(lite, decision).key_id
    assert key is not None
    with lite.turn() as turn:
        destroy(turn.connection, [key])
    assert lite.text_of(entry_of(lite, told))
    found = read_sound(lite, entry_of(lite, told))
    assert isinstance(found, Replay)
    assert found.outcome is Outcome.ERASED


def test_a_record_that_was_changed_is_named_and_the_others_are_replayed(
    database: Database, shipped: Version, versions: Versions
) -> None:
    """A service does not open a record whose newest were changed; older ones are found here."""
    store = database.open()
    keep(store, shipped)
    answers = [decide(store, shipped.core, {"sbp_rest": value}) for value in (120, 130, 140)]
    database.tamper("UPDATE record SET body = '{}' WHERE seq = 2")
    parts = Replaying(store, versions)(range(1, 4))
    found = [(each.id, each.outcome) for each in parts]
    expected = [Outcome.EQUAL, Outcome.RECORD_CHANGED, Outcome.EQUAL]
    assert found == [(a.receipt.id, o) for a, o in zip(answers, expected, strict=True)]
    store.close()


def test_knowledge_that_was_not_kept_or_was_changed_is_missing(
    database: Database, shipped: Version, stricter: Version
) -> None:
    store = database.open()
    found = recorded(store, decide(store, stricter.core, {}))
    missing = replay(store, Versions(), found)
    assert missing.outcome is Outcome.KNOWLEDGE_MISSING
    keep(store, stricter)
    changed = "X'00'" if database.is_sqlite else "'\\x00'"
    database.tamper(f"UPDATE knowledge SET content = {changed}")
    spoiled = replay(store, Versions(), found)
    assert spoiled.outcome is Outcome.KNOWLEDGE_MISSING
    assert "changed afterwards" in (spoiled.reason or "")
    store.close()


def test_another_answer_is_different_and_its_parts_are_named(
    lite: Store, shipped: Version, versions: Versions
) -> None:
    keep(lite, shipped)
    core = shipped.core
    odd = Odd(core, decide=lambda *told: replace(core.decide(*told), summary="Go on."))
    found = recorded(lite, decide(lite, odd, {}))
    made = replay(lite, versions, found)
    assert made.outcome is Outcome.DIFFERENT
    assert made.difference is not None
    assert made.difference["summary"]["before"] == "Go on."


def test_software_that_was_changed_meanwhile_is_named_only_where_the_answer_differs(
    lite: Store, shipped: Version, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal bytes are equal whoever made them."""
    keep(lite, shipped)
    core = shipped.core
    odd = Odd(core, decide=lambda *told: replace(core.decide(*told), summary="Go on."))
    monkeypatch.setattr(cds.http.pipeline, "software_hash", lambda: "of then")
    same, another = (recorded(lite, decide(lite, of, {})) for of in (core, odd))
    assert _outcome(lite, versions, same) is Outcome.EQUAL
    assert _outcome(lite, versions, another) is Outcome.SOFTWARE_CHANGED
    before_there_was_one = replace(another, software=(another.software[0], None))
    assert _outcome(lite, versions, before_there_was_one) is Outcome.SOFTWARE_CHANGED


def test_knowledge_that_this_software_does_not_read_is_not_called_different(
    lite: Store, shipped: Version, tmp_path: Path
) -> None:
    root = tmp_path / "unreadable"
    (root / "rules").mkdir(parents=True)
    (root / "rules" / "a.yaml").write_text("a: 1\n")
    sha256 = hash_files(knowledge_files(root))
    put_knowledge(lite, root, sha256)
    found = replace(recorded(lite, decide(lite, shipped.core, {})), knowledge=sha256)
    versions = Versions()
    for _ in range(2):
        made = replay(lite, versions, found)
        assert made.outcome is Outcome.SOFTWARE_CHANGED
        assert (made.reason or "").startswith("This software does not read the knowledge")


def test_names_that_the_present_knowledge_does_not_hold_give_no_answer(
    lite: Store, shipped: Version
) -> None:
    found = recorded(lite, decide(lite, shipped.core, {}))
    intake = replace(
        found.intake,
        facts=(*found.intake.facts, SubmittedFact("gone_fact", 1.0)),
        request={"exercises": ["gone exercise"], "modalities": ["gone_modality"]},
        policy={"gone_policy": "x"},
    )
    told = today(shipped.core, replace(found, intake=intake))
    assert told.changes == ()
    for name in ("gone_fact", "gone exercise", "gone_modality", "gone_policy=x"):
        assert name in (told.reason or "")


def test_evaluators_that_disagree_give_no_answer_and_show_nothing(
    lite: Store, shipped: Version
) -> None:
    def disagree(*_: Any) -> Any:
        raise EngineError("differs on Zebulon")

    found = recorded(lite, decide(lite, shipped.core, {}))
    told = today(Odd(shipped.core, decide=disagree), found)
    assert told.changes == ()
    assert "Zebulon" not in (told.reason or "")


@pytest.mark.slow
def test_a_process_that_dies_ends_the_command_and_does_not_hang() -> None:
    """A crash in the C engine takes its process along."""
    with pytest.raises(CdsError, match="has died"):
        list(in_parallel(lambda: lambda _: os._exit(1), range(3), workers=2))


def test_the_newest_records_are_taken_and_grouped_by_their_knowledge(
    lite: Store, shipped: Version, stricter: Version
) -> None:
    for version in (shipped, stricter, shipped):
        decide(lite, version.core, {})
    check_in(lite, stricter.core, {})
    old, new = shipped.core.knowledge_sha256, stricter.core.knowledge_sha256
    assert to_replay(lite) == {old: [1, 3], new: [2, 4]}
    assert to_replay(lite, 2) == {old: [3], new: [4]}
    assert len(list(lite.entries(record.c.kind.in_(KINDS)))) == 4
