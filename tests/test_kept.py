"""The knowledge that a start left behind is the knowledge, or it is not used."""

import shutil
from pathlib import Path

import pytest

import cds.kept
from cds.engine.compiler import Networks
from cds.kept import KeptKnowledge
from cds.knowledge.base import Knowledge
from cds.rules.base import RuleBase
from cds.service import Service, compile_networks

KEY = b"k" * 32


def _made_of(service: Service) -> tuple[Knowledge, RuleBase, Networks]:
    networks = compile_networks(service.knowledge, service.rules)
    return service.knowledge, service.rules, networks


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Path:
    """What a start leaves behind."""
    folder = tmp_path_factory.mktemp("kept")
    KeptKnowledge(folder, KEY).write(*_made_of(service))
    return folder / "knowledge.json"


@pytest.fixture
def kept(tmp_path: Path, written: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(written, tmp_path))


def test_what_was_kept_equals_what_was_loaded(kept: Path, service: Service) -> None:
    assert KeptKnowledge(kept.parent, KEY).read() == _made_of(service)


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert KeptKnowledge(tmp_path, KEY).read() is None


def test_one_changed_number_voids_it(kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("180.0", "280.0", 1), encoding="utf-8")

    assert KeptKnowledge(kept.parent, KEY).read() is None


@pytest.mark.parametrize("left", [b"", b"\xff\xfe", b"no signature", b"0" * 64 + b"\n"])
def test_a_damaged_file_is_not_used(kept: Path, left: bytes) -> None:
    kept.write_bytes(left)

    assert KeptKnowledge(kept.parent, KEY).read() is None


def test_another_installation_does_not_use_it(kept: Path) -> None:
    assert KeptKnowledge(kept.parent, b"x" * 32).read() is None


def test_other_files_or_other_code_do_not_use_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cds.kept, "software_hash", lambda: "other")
    assert KeptKnowledge(kept.parent, KEY).read() is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, service: Service) -> None:
    absent = tmp_path / "absent"

    KeptKnowledge(absent, KEY).write(*_made_of(service))

    assert KeptKnowledge(absent, KEY).read() is None
