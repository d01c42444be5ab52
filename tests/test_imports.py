"""A start waits for no package and no pattern that nothing here uses."""

import re
import subprocess
import sys
from abc import ABC

import pytest

from cds.imports import compiling_late, doing_without
from cds.knowledge.files import ROOT


def test_a_package_that_is_left_out_is_not_found_until_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with doing_without("colorsys"), pytest.raises(ImportError):
        import colorsys
    import colorsys

    assert sys.modules["colorsys"] is colorsys


def test_a_package_that_is_there_already_stays_there() -> None:
    """Others hold it, and what is imported meanwhile shall not get a second one."""
    with doing_without("subprocess"):
        assert sys.modules["subprocess"] is subprocess
    assert sys.modules["subprocess"] is subprocess


def test_a_late_pattern_is_compiled_by_its_first_use_and_then_matches() -> None:
    with compiling_late():
        broken, sound = re.compile("("), re.compile("a+", re.IGNORECASE)
    with pytest.raises(re.error):
        broken.match("(")
    found = sound.fullmatch("aAa")
    assert found is not None
    assert found.group() == "aAa"
    assert isinstance(re.compile("a"), re.Pattern)


def test_a_class_does_not_compile_the_patterns_that_it_holds() -> None:
    """Each abstract class asks all it holds whether they are abstract."""
    with compiling_late():
        kind = type("Holding", (ABC,), {"BROKEN": re.compile("(")})
    assert not kind.__abstractmethods__


def test_what_is_imported_for_a_start_compiles_no_address_and_draws_no_console() -> None:
    asked = (
        "import re, sys, cds.observability, cds.knowledge.schema\n"
        "from marshmallow.validate import Email\n"
        "print('rich' in sys.modules, isinstance(Email.DOMAIN_REGEX, re.Pattern), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert done.stdout == "False False"
