"""Nothing that tells a patient to stop is lost on the way into plain words."""

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.decide import decide
from cds.handout.compose import handout_of
from cds.handout.document import Move, Scale, Week
from cds.handout.tongue import Tongue
from cds.model.decision import as_json
from cds.model.intake import Intake
from cds.model.wording import LANGUAGES
from cds.service import Service
from tests.handout.reading_grade import reading_grade
from tests.handout.written import ID, sentences, text_of
from tests.properties.people import TODAY, intakes

_EXAMPLES = int(os.environ.get("CDS_EXAMPLES", "60"))
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.mark.slow
def test_every_random_decision_has_a_whole_and_plain_handout(service: Service) -> None:
    """Every stop sign with its numbers; nothing to do without a plan; readable; no jargon."""
    wording = service.knowledge.wording
    spoken = {language: Tongue(wording, language) for language in LANGUAGES}

    @settings(max_examples=_EXAMPLES)
    @given(intakes(service), st.sampled_from(list(LANGUAGES)))
    def whole(intake: Intake, language: str) -> None:
        decision = {**as_json(decide(service, intake, TODAY)), "id": ID}
        handout = handout_of(decision, wording, language)
        lines = [sentence.text for sentence in sentences(handout)]
        tongue = spoken[language]
        for stop in decision["delivery"]["stop_criteria"]:
            plain = tongue.plain(stop["message"])
            assert plain is not None, stop["message"]
            for line in plain.sentence.text.splitlines():
                assert line in lines, stop["message"]
        if decision["plan"] is None:
            blocks = [block for section in handout.sections for block in section.blocks]
            assert not any(isinstance(block, (Move, Scale, Week)) for block in blocks)
        assert not [s for s in sentences(handout) if s.id is None and s.language]
        if language == "en":
            assert reading_grade(text_of(handout)) <= 8

    whole()


def test_an_own_limit_keeps_its_number(service: Service) -> None:
    for language in LANGUAGES:
        tongue = Tongue(service.knowledge.wording, language)
        for key, text in service.knowledge.messages.items():
            if not key.startswith("own_limit."):
                continue
            clinical = text.format(limit="117", cr10="4.5")
            plain = tongue.plain(clinical)
            assert plain is not None, key
            kept = _NUMBER.findall(plain.sentence.text.replace(",", "."))
            assert [number for number in kept if number not in ("117", "4.5", "10")] == []
            assert {"117", "4.5"} & set(kept), key
