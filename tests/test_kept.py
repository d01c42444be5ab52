"""What a start left behind is what it found sound, or it is not used."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

import cds.kept
from cds.http.canary import kept_canaries
from cds.http.canary_file import load_canaries
from cds.http.core import CoreService
from cds.http.loading import load_kept_core
from cds.kept import Kept
from cds.knowledge.contradictions_file import find_contradictions
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT, file_digests
from cds.service import Service, compile_networks
from cds.units import read_units

KEY = b"k" * 32
CLASSES = ("cds.engine", "cds.errors", "cds.knowledge", "cds.model", "cds.rules")


class MadeAnewError(Exception):
    """Nothing that was kept holds."""


def _make_anew() -> Any:
    raise MadeAnewError


def _made_of(service: Service) -> Any:
    networks = compile_networks(service.knowledge, service.rules)
    contradictions = find_contradictions(service.knowledge.vocabulary)
    return read_units(), service.knowledge, service.rules, networks, contradictions


def _read(folder: Path, key: bytes = KEY, name: str = "knowledge") -> Any:
    return Kept(folder, key).get(name, _make_anew, CLASSES)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Path:
    """What a start leaves behind."""
    folder = tmp_path_factory.mktemp("kept")
    Kept(folder, KEY).get("knowledge", lambda: _made_of(service), CLASSES)
    return folder / "knowledge.json"


@pytest.fixture
def kept(tmp_path: Path, written: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(written, tmp_path))


def test_what_was_kept_equals_what_was_loaded(kept: Path, service: Service) -> None:
    units, knowledge, *others = _read(kept.parent)
    made_units, made, *made_others = _made_of(service)
    assert asdict(knowledge) == asdict(made)
    assert (units, others) == (made_units, made_others)


def test_a_service_starts_from_what_was_kept(kept: Path, core: CoreService) -> None:
    found = load_kept_core(Kept(kept.parent, KEY), {})

    assert (found.knowledge_sha256, found.rules()) == (core.knowledge_sha256, core.rules())
    assert found.terms.contradictions == core.terms.contradictions


def test_canaries_that_were_kept_are_those_of_their_file(tmp_path: Path) -> None:
    for _ in ("made", "kept"):
        found = kept_canaries(Kept(tmp_path, KEY))
        assert load_canaries(ROOT, Problems()) == found


def test_without_a_file_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(MadeAnewError):
        _read(tmp_path)


def test_one_changed_number_voids_it(kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("180.0", "280.0", 1), encoding="utf-8")

    with pytest.raises(MadeAnewError):
        _read(kept.parent)


@pytest.mark.parametrize("left", [b"", b"\xff\xfe", b"no signature", b"0" * 64 + b"\n"])
def test_a_damaged_file_is_not_used(kept: Path, left: bytes) -> None:
    kept.write_bytes(left)

    with pytest.raises(MadeAnewError):
        _read(kept.parent)


def test_another_installation_does_not_use_it(kept: Path) -> None:
    with pytest.raises(MadeAnewError):
        _read(kept.parent, b"x" * 32)


def test_no_part_passes_for_another(kept: Path) -> None:
    """Both are signed with the same key: knowledge under the name of pages would be read there."""
    kept.rename(kept.with_name("pages.json"))

    with pytest.raises(MadeAnewError):
        _read(kept.parent, name="pages")


def test_other_files_or_other_code_do_not_use_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cds.kept, "package_hash", lambda: "other")

    with pytest.raises(MadeAnewError):
        _read(kept.parent)


@pytest.mark.parametrize(
    "name", ["a.py", "knowledge/b.yaml", "rules/c.cases.yaml", "d.csv", "web/e.html", "web/f.po"]
)
def test_every_kind_of_file_that_a_start_reads_voids_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)

    seen = [file_digests(tmp_path)]
    for text in ("one", "other"):
        path.write_text(text, encoding="utf-8")
        seen.append(file_digests(tmp_path))

    assert [len(digests) for digests in seen] == [0, 1, 1]
    assert seen[1] != seen[2]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    absent = tmp_path / "absent"

    assert Kept(absent, KEY).get("pages", lambda: ("made",)) == ("made",)
    with pytest.raises(MadeAnewError):
        _read(absent, name="pages")
