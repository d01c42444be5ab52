"""Every bad file of the corpus gives its one message, at its line."""

from collections.abc import Callable, Mapping

import pytest

from tests.rules.faults import BAD, Fault, read_faults, sound_rules
from tests.rules.small_root import FILES

Report = Callable[[Mapping[str, str]], list[str]]
_OF_RULES = ("yaml", "topics", "groups", "tests", "effects", "limits", "progress", "settings")
_FAULTS = [fault for name in _OF_RULES for fault in read_faults(name)]


def test_the_small_rules_have_no_fault(report_rules: Report) -> None:
    assert report_rules(FILES) == []
    assert report_rules(sound_rules()) == []


def test_the_corpus_is_read_whole() -> None:
    written = sum(path.read_text("utf-8").count("\n== ") for path in BAD.glob("*.txt"))
    assert len(_FAULTS) + len(read_faults("cases")) == written
    assert written >= 180
    assert len({fault.name for fault in _FAULTS}) == len(_FAULTS)


@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_rule_gives_its_one_message(report_rules: Report, fault: Fault) -> None:
    assert report_rules(fault.edit(sound_rules())) == [fault.report(sound_rules())]


@pytest.mark.parametrize("fault", read_faults("cases"), ids=lambda fault: fault.name)
def test_a_fault_of_a_case_gives_its_one_message(report_rules: Report, fault: Fault) -> None:
    assert report_rules(fault.edit(FILES)) == [fault.report(FILES)]
