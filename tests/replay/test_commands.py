"""What an auditor and an author of rules do from the shell: replay, impact."""

import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds.audit.erasure import About, Actor, erase
from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.cli import main
from cds.cli.impact_report import as_members, as_text
from cds.cli.progress import Progress
from cds.cli.trees import tree_of
from cds.errors import CdsError
from cds.knowledge.files import ROOT
from cds.model.intake import Intake, SubmittedFact
from cds.replay.impact import Impact, age_band, compare_all, decisions_of
from cds.secret import read_secret
from cds.settings import Settings
from tests.audit.databases import NOW
from tests.replay.conftest import Version
from tests.replay.recording import check_in, decide, keep

GONE = "0" * 32


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory that the commands are told of."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("CDS_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def kept(data: Path) -> Iterator[Store]:
    """The record of an installation."""
    store = opened(data)
    yield store
    store.close()


def opened(data: Path) -> Store:
    """The record that lies there."""
    return open_store(Settings(data_dir=data), read_secret(data))


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command says on standard output."""
    assert main(arguments) == status
    return capsys.readouterr().out.strip()


def events(store: Store, kind: str) -> list[dict[str, Any]]:
    """The records of that kind, which say nothing of a person."""
    return [json.loads(e.body) for e in store.entries() if e.kind == kind and e.key_id is None]


@pytest.mark.slow
def test_all_records_are_replayed_and_that_it_was_done_is_recorded(
    kept: Store, shipped: Version, stricter: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(kept, shipped, stricter)
    for version in (shipped, stricter):
        for pressure in (120, 175):
            decide(kept, version.core, {"sbp_rest": pressure})
    gone = check_in(kept, shipped.core, {})
    erase(kept, About(record_id=gone.receipt.id), Actor("a tester", NOW))
    kept.close()
    told = said(capsys, "replay", "--workers", "2")
    assert told.startswith("5 records of 2 versions of the knowledge replayed in ")
    assert told.endswith(": 4 equal, 1 erased.")
    (event,) = events(kept, "replay")
    assert (event["records"], event["outcomes"]) == (5, {"equal": 4, "erased": 1})
    assert event["who"]


def test_one_that_does_not_come_out_equal_fails_the_command(
    kept: Store, stricter: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its knowledge was never kept."""
    lost = decide(kept, stricter.core, {}).receipt
    kept.close()
    told = said(capsys, "replay", "--limit", "3", status=1).splitlines()
    assert told[0].endswith(": 1 knowledge_missing.")
    assert told[1].startswith(f"  record {lost.sequence}, {lost.id}: knowledge_missing. ")


@pytest.mark.slow
def test_one_record_is_replayed_by_its_id_with_what_the_present_knowledge_changes(
    kept: Store, shipped: Version, stricter: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(kept, shipped, stricter)
    decision = decide(kept, stricter.core, {"sbp_rest": 175}).receipt.id
    told = check_in(kept, shipped.core, {}).receipt.id
    kept.close()
    found = json.loads(said(capsys, "replay", "--id", decision))
    assert found["recorded"]["outcome"] == "equal"
    assert found["current"]["changes"] == ["newly_permitted"]
    assert json.loads(said(capsys, "replay", "--id", told))["kind"] == "follow_up"
    assert [event["of"] for event in events(kept, "replay")] == [decision, told]


@pytest.mark.slow
def test_an_impact_counts_who_is_blocked_permitted_dosed_and_told_otherwise(
    kept: Store, shipped: Version, other: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a version in a folder, made by hand, to the one that is shipped."""
    people = [
        decide(kept, shipped.core, facts, conditions).receipt.id
        for facts, conditions in (
            ({"sbp_rest": 175, "age": 70, "sex": "female"}, ["osteoporosis"]),
            ({"dbp_rest": 112}, []),
            ({"sbp_rest": 165, "age": 82}, ["osteoporosis", "knee_osteoarthritis"]),
            ({"sbp_rest": 185}, []),
            ({}, []),
            ({"age": "unknown"}, []),
        )
    ]
    check_in(kept, shipped.core, {})
    kept.close()
    against = ("impact", "--against", str(other.root))
    report = json.loads(said(capsys, *against, "--json"))
    assert report["decisions"] == 6
    assert {n: c for n, c in report["changes"].items() if c} == {
        **dict.fromkeys(("newly_blocked", "newly_permitted", "dose_changed", "text_only"), 1),
        "unchanged": 2,
    }
    assert report["from"]["knowledge"] == other.core.knowledge_sha256
    assert report["to"]["knowledge"] == shipped.core.knowledge_sha256
    permitted, blocked, dosed, worded, *_ = people
    assert report["examples"] == {
        "newly_permitted": [permitted],
        "newly_blocked": [blocked],
        "dose_changed": [dosed],
        "text_only": [worded],
    }
    by = report["by"]
    assert by["condition"]["osteoporosis"]["newly_permitted"] == 1
    assert by["condition"]["osteoporosis"]["dose_changed"] == 1
    assert by["condition"]["knee_osteoarthritis"]["dose_changed"] == 1
    assert by["condition"]["none"]["newly_blocked"] == 1
    assert by["age"]["65-79"]["newly_permitted"] == by["age"]["80+"]["dose_changed"] == 1
    assert sum(by["age"]["unknown"].values()) == 1
    assert by["sex"]["female"]["newly_permitted"] == 1
    text = as_text(report)
    assert f"newly blocked, for example: {blocked}" in text
    assert "unknown" not in text  # nothing changes for them
    assert [event["decisions"] for event in events(kept, "impact")] == [6]


def test_what_cannot_be_compared_is_told_and_not_counted_as_unchanged(
    kept: Store, data: Path, shipped: Version
) -> None:
    subject = {"id": "somebody"}
    gone = decide(kept, shipped.core, {}, subject=subject).receipt.id
    decide(kept, shipped.core, {}, request={"modalities": ["hiit"]})
    erase(kept, About(record_id=gone), Actor("a tester", NOW))
    seqs = decisions_of(kept)
    kept.close()
    before = Without(shipped.core, "modalities", frozenset())
    impact = Impact()
    for part in compare_all(lambda: opened(data), seqs, (before, shipped.core), workers=1):
        for compared in part:
            impact.add(compared)
    report = as_members(impact, "before", {"from": "a", "to": "b"})
    assert report["not_compared"] == {"erased": 1, "not_answered": 1}
    assert report["reasons"] == {"This knowledge does not hold: hiit.": 1}
    assert not any(report["changes"].values())
    assert "not compared: 1 erased" in as_text(report)


class Without:
    """The shipped service, but a list of its terms is another."""

    def __init__(self, core: Any, name: str, value: Any) -> None:
        self._core = core
        self.terms = type("Terms", (), {"__getattr__": lambda _, n: getattr(core.terms, n)})()
        setattr(self.terms, name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)


def test_an_empty_record_has_nothing_to_replay_and_no_impact(
    kept: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.close()
    assert said(capsys, "replay").endswith(": none.")
    assert main(["replay", "--id", GONE]) == 2
    assert "no decision and no check-in" in capsys.readouterr().err


def test_a_revision_is_read_from_the_history_of_the_project() -> None:
    inside = subprocess.run(
        ["git", "-C", str(ROOT.parent), "rev-parse", "--verify", "--quiet", "HEAD"],
        capture_output=True,
        check=False,
    )
    if inside.returncode:
        pytest.skip("this is no clone of the project")
    with tree_of("HEAD") as root:
        assert (root / "rules" / "contraindications" / "blood_pressure.yaml").is_file()
        assert not (root / "decide.py").exists()
    assert not root.exists()


@pytest.mark.parametrize("name", ["no-such-revision", "--output=/tmp/x", "tests"])
def test_what_is_neither_a_revision_nor_a_tree_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CdsError, match=r"neither a folder|holds no folders"), tree_of(name):
        pass


def test_knowledge_that_this_software_does_not_read_is_refused_by_its_first_fault(
    kept: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("knowledge", "rules"):
        (tmp_path / "bad" / name).mkdir(parents=True)
    assert main(["impact", "--against", str(tmp_path / "bad")]) == 2
    assert "does not read the knowledge in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "unit", "band"),
    [
        (17.9, None, "under 18"), (18, None, "18-39"), (39.9, "a", "18-39"), (40, "a", "40-64"),
        (65, None, "65-79"), (79.9, None, "65-79"), (80, None, "80+"), (204, "mo", "under 18"),
        (None, None, "unknown"), (40, "kg", "unknown"),
    ],
)  # fmt: skip
def test_ages_are_told_in_bands(value: Any, unit: Any, band: str) -> None:
    assert age_band(Intake(facts=(SubmittedFact("age", value, unit),))) == band
    assert age_band(Intake()) == "unknown"


class Terminal(io.StringIO):
    """A stream that somebody watches, or not."""

    def __init__(self, seen: bool) -> None:
        super().__init__()
        self._seen = seen

    def isatty(self) -> bool:
        return self._seen


def test_a_bar_is_drawn_for_whoever_watches_and_for_nobody_else() -> None:
    seen, unseen = Terminal(True), Terminal(False)
    for stream in (seen, unseen):
        progress = Progress(4, stream)
        progress.advance(1)
        progress.advance(3)
        progress.end()
        assert progress.done == 4
    assert "4 of 4 (100%)" in seen.getvalue()
    assert seen.getvalue().endswith("\r\x1b[K")
    assert unseen.getvalue() == ""
