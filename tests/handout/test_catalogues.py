"""A catalogue that is lost or broken stops the service, and the command tells what is left."""

from pathlib import Path

import pytest

from cds import cli
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT, content_hash
from cds.knowledge.translations import translate
from cds.knowledge.wording_files import FOLDER


@pytest.mark.parametrize("text", [None, b"\xff\xfe"])
def test_a_catalogue_that_cannot_be_read_is_a_problem(tmp_path: Path, text: bytes | None) -> None:
    path = tmp_path / "es.po"
    if text is not None:
        path.write_bytes(text)
    problems = Problems()
    assert translate(path, tmp_path, {"a": "A"}, problems) == {}
    (found,) = problems.found
    assert str(found).startswith("es.po:1: The catalogue cannot be read")


def test_a_catalogue_is_part_of_the_hash_of_the_knowledge(tmp_path: Path) -> None:
    """What a patient was told can be told from the knowledge that answered."""
    before = content_hash(tmp_path)
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "es.po").write_text("", encoding="utf-8")
    assert content_hash(tmp_path) != before


def test_the_command_says_what_is_left_and_changes_nothing_when_nothing_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = sorted((ROOT / FOLDER).glob("*.po"))
    before = [path.read_bytes() for path in paths]
    assert cli.main(["translations"]) == 0
    assert [path.read_bytes() for path in paths] == before
    assert "es.po: " in capsys.readouterr().out
