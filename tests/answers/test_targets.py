"""What is asked about is found by id, by name and by an everyday word, or refused with a hint."""

import pytest

from cds.answers.targets import find_target
from cds.errors import IntakeError
from cds.service import Service


def test_every_id_and_every_name_of_a_modality_is_found(service: Service) -> None:
    for code, name in service.knowledge.names.modalities.items():
        assert find_target(code, service, "/of").code == code
        assert find_target(name.upper(), service, "/of").code == code


def test_every_movement_and_every_rule_is_found_by_its_id(service: Service) -> None:
    for id_ in list(service.knowledge.catalogue.movements)[::17]:
        assert find_target(id_.lower(), service, "/of").type == "exercise"
    for rule in list(service.rules)[::61]:
        assert find_target(rule.id, service, "/of").code == rule.id


def test_everyday_words_mean_movements(service: Service) -> None:
    selection = service.knowledge.catalogue.selection
    assert selection is not None
    for word, movements in selection.words.items():
        target = find_target(word.replace("_", " "), service, "/of")
        assert target.code in (*movements, word)


@pytest.mark.parametrize("asked", ["", "  ", "zz", "press", "emergency"])
def test_what_means_nothing_or_several_things_is_refused(service: Service, asked: str) -> None:
    with pytest.raises(IntakeError) as refused:
        find_target(asked, service, "/of")
    assert [refusal.pointer for refusal in refused.value.refusals] == ["/of"]


def test_a_rule_is_no_goal(service: Service) -> None:
    id_ = next(iter(service.rules)).id
    with pytest.raises(IntakeError):
        find_target(id_, service, "/goal", rules=False)
