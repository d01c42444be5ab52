"""Faults between files, and all faults of all files at once, in the order of the places."""

from collections.abc import Callable, Mapping

import pytest

from tests.rules.small_root import BONES, CASES, FILES, FLAG_CASES, FLAGS

Report = Callable[[Mapping[str, str]], list[str]]


def _edited(*edits: tuple[str, str, str]) -> dict[str, str]:
    files = dict(FILES)
    for name, old, new in edits:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    return files


def test_all_faults_of_all_files_are_told_in_the_order_of_the_lines(report_rules: Report) -> None:
    files = _edited(
        (BONES, "version: 1.0.0", "version: 1"),
        (BONES, "if_unknown: apply", "if_unknown: maybe"),
        (BONES, "condition: osteoporosis", "condition: osteoporosi"),
        (BONES, "at_least: 180", "at_least: 1800"),
        (BONES, "to: physician", "to: physican"),
        (CASES, "    because: Equality counts.\n", ""),
        (FLAGS, "fact: sx_dyspnea", "fact: sx_dyspnoea"),
        (FLAG_CASES, "given: {sx_dyspnea: true}", "given: yes"),
    )
    places = [report.split(": ")[0] for report in report_rules(files)]
    assert places == [
        f"{CASES}:4",
        f"{BONES}:3",
        f"{BONES}:16",
        f"{BONES}:19",
        f"{BONES}:46",
        f"{BONES}:63",
        f"{FLAG_CASES}:5",
        f"{FLAGS}:22",
    ]


def test_a_fault_of_the_header_does_not_hide_those_of_the_rules(report_rules: Report) -> None:
    files = _edited(
        (BONES, "status: active", "status: live"), (BONES, "kind: hold_today", "kind: hold")
    )
    assert [report.split(": ")[0] for report in report_rules(files)] == [
        f"{BONES}:4",
        f"{BONES}:50",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "- a\n", "only words\n"])
def test_a_file_without_keys_is_refused(report_rules: Report, text: str) -> None:
    assert report_rules({**FILES, BONES: text}) == [
        f"{BONES}:1: The file is empty or not a mapping. Start it with 'key: value' lines."
    ]


def test_cases_are_not_blamed_for_a_topic_that_cannot_be_read(report_rules: Report) -> None:
    assert len(report_rules(_edited((BONES, "author: rule team", "author: *who")))) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "rules/cardic/bones.yaml",
            "'cardic' is no stage, so the file would never run. Did you "
            "mean 'cardiac'? Stages: definitions, screening, contraindications, cardiac, "
            "medications, intensity, hiit, prescription, delivery, referral, check_in, "
            "progression.",
        ),
        (
            "rules/cardiac/more/bones.yaml",
            "'cardiac/more' is no stage, so the file would never "
            "run. Did you mean 'cardiac'? Stages: definitions, screening, contraindications, "
            "cardiac, medications, "
            "intensity, hiit, prescription, delivery, referral, check_in, progression.",
        ),
        (
            "rules/cardiac/bones.yml",
            "Only files that end in '.yaml' are read, so this one would say nothing. Rename it.",
        ),
        (
            "rules/cardiac/bones.json",
            "Only files that end in '.yaml' are read, so this one would say nothing. Rename it.",
        ),
    ],
)
def test_a_file_that_nothing_reads_is_refused(
    report_rules: Report, name: str, message: str
) -> None:
    assert report_rules({**FILES, name: FILES[BONES]}) == [f"{name}:1: {message}"]


def test_cases_without_a_topic_are_refused(report_rules: Report) -> None:
    text = FILES[CASES].partition("does:\n")[0]
    files = {**FILES, "rules/contraindications/bone.cases.yaml": text}
    assert report_rules(files) == [
        "rules/contraindications/bone.cases.yaml:1: There is no topic file "
        "rules/contraindications/bone.yaml beside these cases, so they prove nothing. Rename the "
        "file."
    ]


def _second(text: str, slug: str) -> str:
    """The topic of flags with its rule twice, the second under another id."""
    head, rule = text.split("rules:\n")
    return head + "rules:\n" + rule + "\n" + rule.replace("flags.symptomatic", f"flags.{slug}")


def test_one_flag_has_one_definition(report_rules: Report) -> None:
    text = _second(FILES[FLAGS], "other").replace("  n: 1", "  n: 2", 1)
    assert report_rules({**FILES, FLAGS: text}) == [
        f"{FLAGS}:33: 'symptomatic' is already defined by definitions.flags.symptomatic. Two "
        "definitions could disagree. Join them with any."
    ]


def test_a_definition_cannot_test_another_definition(report_rules: Report) -> None:
    files = _edited((FLAGS, "fact: sx_dyspnea", "fact: symptomatic"))
    assert report_rules(files) == [
        f"{FLAGS}:13: 'symptomatic' is defined in this same stage (by "
        "definitions.flags.symptomatic), so it is not known here yet. Write its condition out."
    ]


@pytest.mark.parametrize("fact", ["contraindication.absolute", "screening.vigorous_allowed"])
def test_a_rule_cannot_test_what_is_found_after_it(report_rules: Report, fact: str) -> None:
    """Screening is heard in one turn with the contraindications, so neither knows of the other."""
    files = _edited((BONES, "- condition: osteoporosis", f"- fact: {fact}"))
    assert report_rules(files) == [
        f"{BONES}:13: '{fact}' is found only after stage intensity, so it is "
        "not known in stage contraindications. Move the rule, or test what it follows from."
    ]


def test_two_rules_of_a_topic_differ(report_rules: Report) -> None:
    head, first, _ = FILES[BONES].split("  - id: contraindications.bones.")
    text = f"{head}  - id: contraindications.bones.{first}  - id: contraindications.bones.hold"
    text += first.removeprefix("no-flexion")
    assert report_rules({**FILES, BONES: text}) == [
        f"{BONES}:37: 'when' and 'then' are those of contraindications.bones.no-flexion. A "
        "reader would look for a difference that is not there. Keep one of the rules."
    ]


def test_a_rule_for_everybody_is_allowed(report_rules: Report) -> None:
    files = _edited(
        (BONES, "        - condition: osteoporosis\n", "        - {fact: age, is: known}\n"),
        (BONES, "        - fact: vertebral_fracture\n", "        - {fact: age, is: unknown}\n"),
    )
    assert report_rules(files) == []


def test_a_retired_topic_may_define_what_another_defines_now(report_rules: Report) -> None:
    old = "rules/definitions/old.yaml"
    text = FILES[FLAGS].replace("topic: flags", "topic: old").replace("flags.sym", "old.sym")
    assert report_rules({**FILES, old: text.replace("active", "retired")}) == []
    assert len(report_rules({**FILES, old: text})) == 1
