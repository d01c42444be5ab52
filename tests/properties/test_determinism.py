"""The same patient gives the same bytes: in any order, in any process."""

import hashlib
import json
import os
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.decide import decide
from cds.model.decision import as_json
from cds.model.intake import Intake, SubmittedCondition, SubmittedMedication
from cds.service import Service, load_service
from tests.properties.effort import patients
from tests.properties.people import TODAY, build, healthy, intakes


def write(service: Service, intake: Intake) -> bytes:
    return json.dumps(as_json(decide(service, intake, TODAY)), allow_nan=False).encode()


def shuffle(intake: Intake, seed: int) -> Intake:
    order = random.Random(seed)
    return replace(
        intake,
        facts=tuple(order.sample(intake.facts, len(intake.facts))),
        conditions=tuple(order.sample(intake.conditions, len(intake.conditions))),
        medications=tuple(order.sample(intake.medications, len(intake.medications))),
        procedures=tuple(order.sample(intake.procedures, len(intake.procedures))),
    )


def test_neither_order_nor_repetition_changes_the_answer(service: Service) -> None:
    @patients(25)
    @given(intake=intakes(service), seed=st.integers(0, 1000))
    def check(intake: Intake, seed: int) -> None:
        first = write(service, intake)
        assert first == write(service, intake)
        assert first == write(service, shuffle(intake, seed))

    check()


def several(service: Service) -> bytes:
    """The answers to a few people with many conditions and drugs."""
    members = service.knowledge.members
    facts = healthy(service)
    digest = hashlib.sha256()
    for start in range(0, 12, 3):
        conditions = tuple(SubmittedCondition(i) for i in members["condition"][start::12])
        medications = tuple(SubmittedMedication(i) for i in members["medication"][start::9])
        digest.update(write(service, build(facts, conditions=conditions, medications=medications)))
        digest.update(write(service, build({"age": 70}, conditions=conditions[:2])))
    return digest.hexdigest().encode()


@pytest.mark.slow
def test_every_process_and_hash_seed_gives_the_same_bytes(service: Service) -> None:
    here = several(service)
    code = "from tests.properties.test_determinism import main; main()"
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            timeout=120,
        )
        assert done.stdout.strip() == here, f"hash seed {seed}"


def main() -> None:
    """Print the digest of `several` in a process of its own."""
    sys.stdout.buffer.write(several(load_service()))
