"""The vocabulary as shipped says what the contract fixes, and enough to ask and to check."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cds
from cds.errors import UnitError
from cds.knowledge.documents import Problems
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.vocabulary import Vocabulary
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.units import convert, is_unit

_SHIPPED = load_vocabulary(Path(cds.__file__).parent, Problems())
_NUMBERS = [fact for fact in _SHIPPED.values() if fact.type is FactType.NUMBER]
_COUNTS = {
    "falls_12mo",
    "low_trauma_fracture_count",
    "fetuses",
    "icd_shocks_24h",
    "chair_stands_30s",
    "reps_over_target",
    "sessions_hard_streak",
}


@pytest.fixture
def fixed(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "design" / "vocabulary.csv").open(encoding="utf-8") as file:
        return {row["fact"]: row for row in csv.DictReader(file)}


def test_the_fixed_facts_are_all_there_with_type_unit_and_group(
    vocabulary: Vocabulary, fixed: dict[str, dict[str, str]]
) -> None:
    expected = {(row["fact"], row["type"], row["unit"], row["group"]) for row in fixed.values()}
    actual = {
        (fact.name, fact.type.value, fact.unit or "", fact.group)
        for fact in vocabulary.values()
        if fact.name in fixed
    }
    assert len(expected) == 211
    assert expected == actual


def test_codes_have_the_values_that_the_contract_lists(
    vocabulary: Vocabulary, fixed: dict[str, dict[str, str]]
) -> None:
    listed = {
        name: tuple(row["note"].split(", "))
        for name, row in fixed.items()
        if row["type"] == "code" and row["note"]
    }
    assert len(listed) == 16
    assert listed == {name: vocabulary[name].values for name in listed}


def test_every_code_was_verified(vocabulary: Vocabulary, shared: Path) -> None:
    with (shared / "terminology" / "observations.csv").open(encoding="utf-8") as file:
        verified = {
            (row["loinc"], row["loinc_display"])
            for row in csv.DictReader(file)
            if row["loinc"] and not row["verified"].startswith("NO CODE")
        }
    used = [coding for fact in vocabulary.values() for coding in fact.codes]
    assert len(used) > 40
    assert {coding.system for coding in used} == {"http://loinc.org"}
    assert {(coding.code, coding.display) for coding in used} <= verified


def test_no_code_means_two_facts(vocabulary: Vocabulary) -> None:
    used = [(code.system, code.code) for fact in vocabulary.values() for code in fact.codes]
    assert len(used) == len(set(used))


@pytest.mark.parametrize("fact", _NUMBERS, ids=lambda fact: fact.name)
def test_every_number_has_a_unit_of_the_table_and_a_range(fact: FactDefinition) -> None:
    assert is_unit(fact.unit or "")
    assert fact.accepted_units[0] == fact.unit
    assert fact.range_mark in {"V", "K", "O"}
    assert fact.low is not None
    assert fact.high is not None
    assert fact.is_plausible(fact.low)
    assert fact.is_plausible(fact.high)


@given(fact=st.sampled_from(_NUMBERS), data=st.data())
def test_a_value_of_the_range_comes_back_from_each_accepted_unit(
    fact: FactDefinition, data: st.DataObject
) -> None:
    low, high = round(10 * (fact.low or 0)), round(10 * (fact.high or 0))
    value = data.draw(st.integers(low, high)) / 10
    unit = data.draw(st.sampled_from(fact.accepted_units))
    there = convert(value, fact.unit or "", unit, fact.quantity)
    assert fact.to_canonical(there, unit) == value


def test_counts_are_whole(vocabulary: Vocabulary) -> None:
    for name in _COUNTS:
        assert vocabulary[name].integer
        assert vocabulary[name].is_plausible(2.0)
        assert not vocabulary[name].is_plausible(2.5)
    assert all(fact.integer for fact in vocabulary.values() if fact.unit == "{count}")


def test_every_question_is_one_and_no_two_are_alike(vocabulary: Vocabulary) -> None:
    questions = [fact.question for fact in vocabulary.values()]
    assert all(question[0].isupper() and question.endswith("?") for question in questions)
    assert len(questions) == len(set(questions))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("glucose", 99, ("mg/dL",)),
        ("temperature", 98.6, ("[degF]",)),
        ("height", 68, ("[in_i]",)),
        ("height", 1.75, ("m",)),
        ("platelets", 150000, ("10*6/L",)),
        ("hba1c", 53, ("mmol/mol",)),
        ("sbp_rest", 18, ("kPa",)),
        ("hemoglobin", 135, ("g/L",)),
        ("lvef", 0.55, ("1",)),
        ("hr_rest", 900, ()),
    ],
)
def test_a_number_in_the_wrong_unit_is_implausible_and_the_right_unit_is_named(
    vocabulary: Vocabulary, name: str, value: float, expected: tuple[str, ...]
) -> None:
    assert not vocabulary[name].is_plausible(value)
    assert vocabulary[name].plausible_units(value) == expected


@pytest.mark.parametrize(
    ("name", "days"),
    [("glucose", 1), ("sbp_rest", 7), ("sx_dyspnea", 30), ("dxa_t_score", 730.5), ("sex", None)],
)
def test_facts_go_stale_after_their_own_time(
    vocabulary: Vocabulary, name: str, days: float | None
) -> None:
    assert vocabulary[name].max_age_days == days


def test_facts_that_are_derived_when_absent_can_be_given(vocabulary: Vocabulary) -> None:
    for name in ("bmi", "regular_exercise", "on_insulin"):
        assert vocabulary[name].derived
        assert vocabulary[name].submittable


def test_what_the_service_works_out_itself_cannot_be_given(vocabulary: Vocabulary) -> None:
    decision = [fact for fact in vocabulary.values() if fact.group == "decision"]
    assert len(decision) >= 16
    assert not any(fact.submittable for fact in decision)
    assert vocabulary["screening.clearance"].values[-1] == "insufficient_data"


def test_a_flag_takes_no_unit(vocabulary: Vocabulary) -> None:
    assert vocabulary["pregnant"].accepted_units == ()
    assert not vocabulary["pregnant"].is_plausible(1)
    with pytest.raises(UnitError, match="takes no unit"):
        vocabulary["pregnant"].to_canonical(1, "kg")


def test_members_of_a_list_are_flags_in_their_namespace(vocabulary: Vocabulary) -> None:
    larger = vocabulary.with_members(
        "condition", {"osteoporosis": "osteoporosis"}, "Does the person have {label}?"
    )
    fact = larger["condition.osteoporosis"]
    assert len(larger) == len(vocabulary) + 1
    assert "condition.osteoporosis" not in vocabulary
    assert (fact.type, fact.question) == (FactType.FLAG, "Does the person have osteoporosis?")


def test_a_near_miss_is_suggested_and_nonsense_is_not(vocabulary: Vocabulary) -> None:
    assert vocabulary.suggest("sbp_resting") == " Did you mean 'sbp_rest'?"
    assert vocabulary.suggest("qqqq") == ""
    assert vocabulary.get("sbp_resting") is None


_HEAD = "group: person\nclinical_sign_off: pending\nfacts:\n"
_NUMBER = (
    "  - name: age\n    type: number\n    unit: a\n    label: Age\n    question: How old?\n"
    "    low: 0\n    high: 120\n    range_mark: O\n    max_age: null\n"
)
_FLAG = "  - name: ill\n    type: flag\n    label: Ill\n    question: Ill?\n    max_age: null\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (_NUMBER.replace("unit: a", "unit: years"), 6, "not in knowledge/units.yaml"),
        (_NUMBER.replace("    unit: a\n", ""), 4, "A number needs this"),
        (_NUMBER.replace("    low: 0\n", ""), 4, "A number needs this"),
        (_NUMBER.replace("low: 0", "low: 120"), 9, "nothing would be plausible"),
        (_NUMBER.replace("low: 0", "low: zero"), 9, "not a number"),
        (_NUMBER.replace("How old?", "How old"), 8, "End it with '?'"),
        (_NUMBER.replace("    max_age: null\n", ""), 4, "null for never"),
        (_NUMBER.replace("null", "{value: 1, unit: year}"), 12, "Use one of: d, wk, mo, a"),
        (_NUMBER.replace("null", "{value: 0, unit: a}"), 12, "Must be greater than 0"),
        (_NUMBER.replace("name: age", "name: Age"), 4, "snake_case"),
        (_NUMBER.replace("range_mark: O", "range_mark: X"), 11, "Use one of: V, K, O"),
        (_NUMBER.replace("label", "lable"), 7, "Did you mean 'label'"),
        (_NUMBER + "    integer: 1\n", 13, "Write true or false"),
        (_NUMBER + "    values: [x]\n", 13, "lists its values, and nothing else does"),
        (_NUMBER + _NUMBER, 13, "already defined in knowledge/facts/x.yaml:4"),
        (_FLAG + "    unit: a\n", 9, "Only a number has this"),
        (_FLAG + "    quantity: glucose\n", 9, "Only a number has this"),
        (_FLAG.replace("flag", "code"), 4, "lists its values, and nothing else does"),
        (_FLAG.replace("flag", "date"), 5, "Use one of: number, flag, code"),
        (_FLAG.replace("name: ill", "name: yes"), 4, "several things in YAML"),
        (
            _NUMBER + "    codes: [{system: http://loinc.org, code: x, display: X, unit: kg}]\n",
            13,
            "does not convert to a",
        ),
        (_NUMBER + "    codes: [{system: loinc, code: x, display: X}]\n", 13, "Not a valid URL"),
    ],
)
def test_a_fault_of_a_file_is_reported_at_its_line(
    tmp_path: Path, problems: Problems, text: str, line: int, message: str
) -> None:
    (tmp_path / "knowledge" / "facts").mkdir(parents=True)
    (tmp_path / "knowledge" / "facts" / "x.yaml").write_text(_HEAD + text, encoding="utf-8")
    load_vocabulary(tmp_path, problems)
    reports = [str(problem) for problem in problems.found]
    assert any(
        report.startswith(f"knowledge/facts/x.yaml:{line}: ") and message in report
        for report in reports
    ), reports
